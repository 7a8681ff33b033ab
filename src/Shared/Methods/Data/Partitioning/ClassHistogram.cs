using System.Collections.Immutable;

namespace Federated.Methods.Data;

/// <summary>How many samples of each class a client holds.</summary>
public sealed class ClassHistogram
{
    private ClassHistogram(int[] counts)
    {
        Counts = [.. counts];
        Total = counts.Sum();
        ClassesPresent = counts.Count(static count => count > 0);
    }

    /// <summary>Samples by label.</summary>
    public ImmutableArray<int> Counts { get; }

    /// <summary>Number of samples.</summary>
    public int Total { get; }

    /// <summary>Number of classes with at least one sample.</summary>
    public int ClassesPresent { get; }

    /// <summary>Counts the labels of some samples.</summary>
    /// <param name="labels">Label of every sample of the set.</param>
    /// <param name="samples">Positions in it.</param>
    /// <param name="classes">Number of classes.</param>
    public static ClassHistogram Of(ReadOnlySpan<int> labels, ReadOnlySpan<int> samples, int classes)
    {
        int[] counts = new int[classes];
        foreach (int sample in samples)
            counts[labels[sample]]++;
        return new ClassHistogram(counts);
    }
}
