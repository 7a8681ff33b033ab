namespace Federated.Bench;

/// <summary>Milliseconds of repeated runs of one action: by the wall clock, and of the processor, which other programs on the machine lengthen less.</summary>
internal sealed class Timings(int repeats)
{
    private readonly double[] wall = new double[repeats];
    private readonly double[] processor = new double[repeats];

    /// <summary>The middle of the wall-clock times.</summary>
    public double Median => wall[wall.Length / 2];

    /// <summary>The shortest wall-clock time.</summary>
    public double Minimum => wall[0];

    /// <summary>The middle of the processor times.</summary>
    public double ProcessorMedian => processor[processor.Length / 2];

    /// <summary>The shortest processor time.</summary>
    public double ProcessorMinimum => processor[0];

    /// <summary>Runs the action once untimed (compilation, caches) and then the given number of times.</summary>
    public void Measure(Action action)
    {
        action();
        for (int i = 0; i < repeats; i++)
        {
            TimeSpan processorStart = Environment.CpuUsage.TotalTime;
            long start = TimeProvider.System.GetTimestamp();
            action();
            wall[i] = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
            processor[i] = (Environment.CpuUsage.TotalTime - processorStart).TotalMilliseconds;
        }

        Array.Sort(wall);
        Array.Sort(processor);
    }
}
