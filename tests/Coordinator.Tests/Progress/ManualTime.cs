namespace Federated.Coordinator.Tests.Progress;

/// <summary>Time that stands still until a test moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(double seconds) => ticks += (long)(seconds * TimeSpan.TicksPerSecond);

    public override long GetTimestamp() => ticks;
}
