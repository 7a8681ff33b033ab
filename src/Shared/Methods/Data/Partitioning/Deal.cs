using Federated.Engine.Randomness;

namespace Federated.Methods.Data;

/// <summary>What partitioners share: checks, class lists, and dealing a row of samples out in portions.</summary>
internal static class Deal
{
    /// <summary>Refuses fewer samples than clients.</summary>
    public static void RequireSamples(int samples, int clients)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clients, 1);
        if (samples < clients)
            throw new PartitionException($"{samples} samples cannot be spread over {clients} clients, one each at least: use at most {samples} clients or more samples.");
    }

    /// <summary>The samples of each label, ascending; labels without samples have empty lists.</summary>
    public static int[][] ByLabel(ReadOnlySpan<int> labels)
    {
        int classes = 0;
        foreach (int label in labels)
        {
            if (label < 0)
                throw new ArgumentException($"Label {label} is negative.", nameof(labels));
            classes = Math.Max(classes, label + 1);
        }

        int[] counts = new int[classes];
        foreach (int label in labels)
            counts[label]++;
        int[][] samples = [.. counts.Select(static count => new int[count])];
        Array.Clear(counts);
        for (int i = 0; i < labels.Length; i++)
            samples[labels[i]][counts[labels[i]]++] = i;
        return samples;
    }

    /// <summary>0…count−1 in random order.</summary>
    public static int[] Shuffled(int count, RandomKey key)
    {
        int[] samples = [.. Enumerable.Range(0, count)];
        new KeyedRandom(key).Shuffle(samples.AsSpan());
        return samples;
    }

    /// <summary>Share <paramref name="part"/> of <paramref name="count"/> divided into equal whole parts; the first ones are one larger where it does not divide.</summary>
    public static int EqualPart(int count, int parts, int part) => (count / parts) + (part < count % parts ? 1 : 0);

    /// <summary>Cuts a row of samples into consecutive portions of the given sizes, each sorted ascending.</summary>
    public static int[][] Cut(ReadOnlySpan<int> row, ReadOnlySpan<int> sizes)
    {
        int[][] portions = new int[sizes.Length][];
        int start = 0;
        for (int i = 0; i < portions.Length; i++)
        {
            portions[i] = row.Slice(start, sizes[i]).ToArray();
            Array.Sort(portions[i]);
            start += sizes[i];
        }

        return portions;
    }

    /// <summary>The lists as sorted arrays.</summary>
    public static int[][] Sorted(List<int>[] lists)
    {
        foreach (List<int> list in lists)
            list.Sort();
        return [.. lists.Select(static list => list.ToArray())];
    }

    /// <summary>One empty list per client.</summary>
    public static List<int>[] EmptyLists(int clients) => [.. Enumerable.Range(0, clients).Select(static _ => new List<int>())];
}
