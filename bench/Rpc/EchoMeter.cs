namespace Federated.Bench.Rpc;

/// <summary>Counts one caller's calls in windows of equal length, and keeps how long each took.</summary>
/// <param name="time">The clock.</param>
/// <param name="begin">Time stamp at which the first window begins; what ends before is warm-up.</param>
/// <param name="window">Length of a window, in the clock's units.</param>
/// <param name="windows">Number of windows.</param>
internal sealed class EchoMeter(TimeProvider time, long begin, long window, int windows)
{
    private readonly List<long> durations = [];

    /// <summary>Calls that ended in each window.</summary>
    public int[] Counts { get; } = new int[windows];

    /// <summary>How long each of these took, in the clock's units.</summary>
    public IReadOnlyList<long> Durations => durations;

    /// <summary>Takes note of a call that ends now; false when the last window is over.</summary>
    /// <param name="start">Time stamp of its beginning.</param>
    public bool Note(long start)
    {
        long now = time.GetTimestamp();
        if (now < begin)
            return true;
        long place = (now - begin) / window;
        if (place >= windows)
            return false;
        Counts[place]++;
        durations.Add(now - start);
        return true;
    }
}
