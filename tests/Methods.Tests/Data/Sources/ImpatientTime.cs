namespace Federated.Methods.Tests.Data.Sources;

/// <summary>A time in which every wait of at most <paramref name="longest"/> is over at once; longer ones last as long as ever.</summary>
internal sealed class ImpatientTime(TimeSpan longest) : TimeProvider
{
    /// <summary>Skips the pauses between tries, but no limit.</summary>
    public static ImpatientTime WithoutPauses { get; } = new(TimeSpan.FromSeconds(4));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > longest ? dueTime : TimeSpan.Zero, period);
}
