namespace Federated.Bench;

/// <summary>
/// Milliseconds of repeated runs of one action: by the wall clock, and of the processor, which other programs on the machine lengthen less. With several
/// threads the processor's times are their sum, so that only the wall clock tells how long something takes.
/// </summary>
internal sealed class Timings(int repeats)
{
    private readonly List<double> wall = new(repeats);
    private readonly List<double> processor = new(repeats);

    /// <summary>Timed runs so far.</summary>
    public int Count => wall.Count;

    /// <summary>The middle of the wall-clock times.</summary>
    public double Median => Quantiles.Of(wall, 0.5);

    /// <summary>The shortest wall-clock time.</summary>
    public double Minimum => wall[0];

    /// <summary>The longest wall-clock time.</summary>
    public double Maximum => wall[^1];

    /// <summary>The wall-clock time that a quarter of the runs did not exceed.</summary>
    public double LowerQuartile => Quantiles.Of(wall, 0.25);

    /// <summary>The wall-clock time that three quarters of the runs did not exceed.</summary>
    public double UpperQuartile => Quantiles.Of(wall, 0.75);

    /// <summary>The middle of the processor times.</summary>
    public double ProcessorMedian => Quantiles.Of(processor, 0.5);

    /// <summary>The shortest processor time.</summary>
    public double ProcessorMinimum => processor[0];

    /// <summary>Bytes that all timed runs together allocated on the managed heap, on any thread.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Runs the action once for nothing (compilation, caches) and then the given number of times.</summary>
    public void Measure(Action action)
    {
        Sample.Of(action);
        for (int i = 0; i < repeats; i++)
            Add(Sample.Of(action));
    }

    /// <summary>Takes in one more run.</summary>
    public void Add(Sample sample)
    {
        Insert(wall, sample.Wall);
        Insert(processor, sample.Processor);
        AllocatedBytes += sample.AllocatedBytes;
    }

    private static void Insert(List<double> sorted, double value)
    {
        int place = sorted.BinarySearch(value);
        sorted.Insert(place < 0 ? ~place : place, value);
    }
}
