namespace Federated.Bench;

/// <summary>A clock that runs only while this process does: what a benchmark costs, even where others use the processor at the same time.</summary>
internal sealed class ProcessorTimeProvider : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;
}
