namespace Federated.Bench.Rpc;

/// <summary>How long rounds took, and the resident memory of this process at the end of each tenth of the time.</summary>
/// <param name="length">Time that is planned.</param>
/// <param name="parts">Parts of it that rates are given of.</param>
internal sealed class RoundsMeter(TimeSpan length, int parts)
{
    private const int Samples = 20;

    private readonly List<double> milliseconds = [];
    private readonly List<long> resident = [Environment.WorkingSet];
    private readonly int[] counts = new int[parts];
    private readonly TimeSpan[] spent = new TimeSpan[parts];

    /// <summary>Processor time of this process over all rounds.</summary>
    public double ProcessorSeconds { get; set; }

    /// <summary>Processor time of the clients' processes over all rounds.</summary>
    public double ClientProcessorSeconds { get; set; }

    /// <summary>Every round's time.</summary>
    public IReadOnlyList<double> Milliseconds => milliseconds;

    /// <summary>Resident memory in bytes, at the beginning and then twenty times at equal distances.</summary>
    public IReadOnlyList<long> Resident => resident;

    /// <summary>How much the largest reading of the second half lies above the largest between the first tenth and the middle: memory that grows with time shows here, memory that swings does not.</summary>
    public long GrowthAfterFirstTenth
    {
        get
        {
            int middle = resident.Count / 2;
            int tenth = Math.Min(resident.Count / 10, middle);
            return resident.Skip(middle).Max() - resident.Take(middle + 1).Skip(tenth).Max();
        }
    }

    /// <summary>Takes note of a round.</summary>
    /// <param name="begin">Its beginning since the start.</param>
    /// <param name="end">Its end since the start.</param>
    public void Note(TimeSpan begin, TimeSpan end)
    {
        milliseconds.Add((end - begin).TotalMilliseconds);
        int part = (int)Math.Min(parts - 1, begin.Ticks * parts / length.Ticks);
        counts[part]++;
        spent[part] += end - begin;
        if (end >= length * resident.Count / Samples)
            resident.Add(Environment.WorkingSet);
    }

    /// <summary>Rounds a second in each part that had any.</summary>
    public IEnumerable<double> RoundsPerSecond() => Enumerable.Range(0, parts).Where(part => counts[part] > 0).Select(part => counts[part] / spent[part].TotalSeconds);
}
