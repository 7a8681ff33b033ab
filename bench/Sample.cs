namespace Federated.Bench;

/// <summary>What one run of an action took.</summary>
/// <param name="Wall">Milliseconds by the wall clock.</param>
/// <param name="Processor">Milliseconds of the processor, all threads together.</param>
/// <param name="AllocatedBytes">Bytes allocated on the managed heap, on any thread.</param>
internal readonly record struct Sample(double Wall, double Processor, long AllocatedBytes)
{
    /// <summary>What <paramref name="second"/> took longer than <paramref name="first"/>.</summary>
    public static Sample operator -(Sample second, Sample first) =>
        new(second.Wall - first.Wall, second.Processor - first.Processor, second.AllocatedBytes - first.AllocatedBytes);

    /// <summary>What both took together.</summary>
    public static Sample operator +(Sample first, Sample second) =>
        new(first.Wall + second.Wall, first.Processor + second.Processor, first.AllocatedBytes + second.AllocatedBytes);

    /// <summary>Runs the action.</summary>
    public static Sample Of(Action action)
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long start = TimeProvider.System.GetTimestamp();
        action();
        double wall = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
        double used = (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds;
        return new Sample(wall, used, GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }
}
