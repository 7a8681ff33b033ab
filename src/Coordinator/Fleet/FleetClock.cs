namespace Federated.Coordinator.Fleet;

/// <summary>Time as placement knows it: since the coordinator's start, never backwards.</summary>
internal sealed class FleetClock(TimeProvider time)
{
    private readonly long start = time.GetTimestamp();

    /// <summary>What it measures with.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>Time since the start.</summary>
    public TimeSpan Now => Time.GetElapsedTime(start);
}
