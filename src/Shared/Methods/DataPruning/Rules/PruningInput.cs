using Federated.Engine.Randomness;

namespace Federated.Methods.DataPruning.Rules;

/// <summary>What a rule chooses from.</summary>
/// <param name="Labels">Class of each sample, by place.</param>
/// <param name="Scores">Score of each sample, by place; empty where nothing is known of the samples.</param>
/// <param name="Keep">Samples to keep, 1 to all.</param>
/// <param name="Seed">The experiment's seed.</param>
/// <param name="Client">The client.</param>
/// <param name="Round">The round.</param>
/// <param name="Epoch">The epoch within the round, from 0.</param>
/// <param name="EpochOfRun">Number of the epoch in the whole run, from 0.</param>
internal sealed record PruningInput(int[] Labels, double[] Scores, int Keep, ulong Seed, int Client, int Round, int Epoch, long EpochOfRun)
{
    /// <summary>Number of samples.</summary>
    public int Count => Labels.Length;

    /// <summary>Random numbers of this client and epoch.</summary>
    public KeyedRandom RandomOfEpoch() => new(new RandomKey(Seed, RandomPurpose.DataPruning, Round, Client, Epoch));

    /// <summary>Random numbers of this client that do not depend on the round.</summary>
    /// <param name="number">Tells streams apart.</param>
    public KeyedRandom RandomOfRun(long number) => new(new RandomKey(Seed, RandomPurpose.DataPruning, 0, Client, number));

    /// <summary>All places in a random order.</summary>
    public int[] Shuffled(ref KeyedRandom random)
    {
        int[] places = [.. Enumerable.Range(0, Count)];
        random.Shuffle(places.AsSpan());
        return places;
    }
}
