using Federated.Engine.Randomness;

namespace Federated.Methods.Data;

/// <summary>A client's samples, divided into those it trains on and its development set (FedTiny's D̂_k, on which masks are chosen).</summary>
/// <param name="Training">Samples to train on, ascending.</param>
/// <param name="Development">Samples kept aside, ascending.</param>
public sealed record ClientSplit(int[] Training, int[] Development)
{
    /// <summary>
    /// Keeps round(<paramref name="fraction"/>·n) samples aside, chosen at random; at least one and not all where there are two samples or more. A single sample is
    /// trained on. A fraction of 0 keeps nothing aside.
    /// </summary>
    /// <param name="samples">The client's samples, in ascending order.</param>
    /// <param name="fraction">Share kept aside, in [0, 1).</param>
    /// <param name="seed">The experiment's seed.</param>
    /// <param name="client">The client's number.</param>
    public static ClientSplit Of(ReadOnlySpan<int> samples, double fraction, ulong seed, int client)
    {
        if (!(fraction >= 0 && fraction < 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The share of samples kept aside is at least 0 and less than 1.");
        int aside = fraction == 0 || samples.Length < 2 ? 0 : Math.Clamp((int)Math.Round(samples.Length * fraction), 1, samples.Length - 1);
        int[] row = samples.ToArray();
        new KeyedRandom(new RandomKey(seed, RandomPurpose.DevelopmentSplit, Client: client)).Shuffle(row.AsSpan());
        int[] development = row[..aside];
        int[] training = row[aside..];
        Array.Sort(development);
        Array.Sort(training);
        return new ClientSplit(training, development);
    }
}
