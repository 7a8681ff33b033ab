using Federated.Engine.Numerics;
using Federated.Engine.Randomness;

namespace Federated.Methods.Data;

/// <summary>
/// Label skew (Hsu et al. 2019, arXiv 1909.06335; Yurochkin et al. 2019, arXiv 1905.12022): for each class the clients' shares are p ~ Dirichlet(α,…,α), small α is
/// uneven. The draw is repeated until every client has the minimum.
/// </summary>
public sealed class DirichletPartitioner : IPartitioner
{
    // Draws of one gamma variable over all attempts: some seconds at most.
    private const long MaximumDraws = 20_000_000;

    private readonly double alpha;
    private readonly bool balance;
    private readonly int minimumSamples;

    /// <summary>A partition with the given concentration.</summary>
    /// <param name="alpha">Concentration α, 10⁻⁴ to 10⁶.</param>
    /// <param name="balance">FedTiny's rule (from FedML): a client that already holds at least N/K samples gets share 0 of the classes that follow.</param>
    /// <param name="minimumSamples">Fewest samples of a client, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public DirichletPartitioner(double alpha = 0.5, bool balance = false, int minimumSamples = 10)
    {
        if (!(alpha >= 1e-4 && alpha <= 1e6))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "The concentration is 0.0001 to 1000000.");
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumSamples, 1);
        this.alpha = alpha;
        this.balance = balance;
        this.minimumSamples = minimumSamples;
    }

    /// <inheritdoc/>
    public string Name => "dirichlet";

    /// <inheritdoc/>
    public int[][] Partition(ReadOnlySpan<int> labels, ReadOnlySpan<int> naturalIds, int clients, ulong seed)
    {
        Deal.RequireSamples(labels.Length, clients);
        if ((long)minimumSamples * clients > labels.Length)
        {
            throw new PartitionException(
                $"{labels.Length} samples do not give {clients} clients {minimumSamples} each: use a minimum of at most {labels.Length / clients} or at most {labels.Length / minimumSamples} clients.");
        }

        int[][] classes = Deal.ByLabel(labels);
        (int[][] counts, int attempt) = DrawCounts(classes, labels.Length, clients, seed);
        List<int>[] lists = Deal.EmptyLists(clients);
        for (int c = 0; c < classes.Length; c++)
        {
            new KeyedRandom(new RandomKey(seed, RandomPurpose.Partition, attempt, c, Step: 1)).Shuffle(classes[c].AsSpan());
            int start = 0;
            for (int client = 0; client < clients; client++)
            {
                lists[client].AddRange(classes[c].AsSpan(start, counts[c][client]));
                start += counts[c][client];
            }
        }

        return Deal.Sorted(lists);
    }

    /// <summary>The numbers of samples per class and client of the first draw that meets the minimum. Numbers come first, so that a rejected draw moves no sample.</summary>
    private (int[][] Counts, int Attempt) DrawCounts(int[][] classes, int samples, int clients, ulong seed)
    {
        int attempts = (int)Math.Clamp(MaximumDraws / Math.Max(1, (long)classes.Length * clients), 10, 10_000);
        int[][] counts = [.. classes.Select(_ => new int[clients])];
        double[] shares = new double[clients];
        int[] sizes = new int[clients];
        int best = 0;
        for (int attempt = 0; attempt < attempts; attempt++)
        {
            Array.Clear(sizes);
            for (int c = 0; c < classes.Length; c++)
            {
                DrawShares(new KeyedRandom(new RandomKey(seed, RandomPurpose.Partition, attempt, c)), sizes, samples, shares);
                Apply(shares, classes[c].Length, counts[c]);
                for (int client = 0; client < clients; client++)
                    sizes[client] += counts[c][client];
            }

            int smallest = sizes.Min();
            if (smallest >= minimumSamples)
                return (counts, attempt);
            best = Math.Max(best, smallest);
        }

        string way = best > 0 ? $"use a minimum of at most {best}, a larger alpha or fewer clients" : "use a larger alpha or fewer clients";
        throw new PartitionException($"{attempts} Dirichlet draws with alpha {alpha} over {clients} clients all left one with fewer than {minimumSamples} samples, the best with {best}: {way}.");
    }

    private void DrawShares(KeyedRandom random, ReadOnlySpan<int> sizes, int samples, Span<double> shares)
    {
        // A Dirichlet draw is a normalised row of gamma variables. Their logarithms are drawn, because for small α the variables themselves underflow to zero:
        // log Gamma(α) = log Gamma(α + 1) + log(U)/α.
        double largest = double.NegativeInfinity;
        for (int i = 0; i < shares.Length; i++)
        {
            double logarithm = DeterministicMath.Log(random.NextGamma(alpha + 1)) + (DeterministicMath.Log(1 - random.NextDouble()) / alpha);
            bool isFull = balance && (long)sizes[i] * sizes.Length >= samples;
            shares[i] = isFull ? double.NegativeInfinity : logarithm;
            largest = Math.Max(largest, shares[i]);
        }

        // Not all clients are full while a sample is left, so that the largest is finite.
        double sum = 0;
        for (int i = 0; i < shares.Length; i++)
        {
            shares[i] = DeterministicMath.Exp(shares[i] - largest);
            sum += shares[i];
        }

        for (int i = 0; i < shares.Length; i++)
            shares[i] /= sum;
    }

    /// <summary>Cuts at ⌊cumulated share·count⌋; the rest of the last cut goes to the last client whose share is not zero.</summary>
    private static void Apply(ReadOnlySpan<double> shares, int count, Span<int> counts)
    {
        double cumulated = 0;
        int given = 0;
        int last = 0;
        for (int i = 0; i < shares.Length; i++)
        {
            cumulated += shares[i];
            int until = Math.Clamp((int)(cumulated * count), given, count);
            counts[i] = until - given;
            given = until;
            if (shares[i] > 0)
                last = i;
        }

        counts[last] += count - given;
    }
}
