namespace Federated.Protocol.Rpc;

/// <summary>
/// Waiting times between attempts to connect: they grow from failure to failure, and differ between channels so that a thousand nodes that lost their coordinator together do not come back together.
/// The defaults are those of gRPC's connection backoff, with a shorter longest wait.
/// </summary>
public sealed record RpcBackoff
{
    /// <summary>After the first failure.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Never longer than this, before jitter.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Each wait is so many times the one before it.</summary>
    public double Factor { get; init; } = 1.6;

    /// <summary>A wait is up to this share longer or shorter.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>Key of the jitter; channels that share a server should have different ones.</summary>
    public ulong Key { get; init; }

    /// <summary>The wait after the given number of failures in a row, from 1.</summary>
    public TimeSpan After(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(failures);
        double wait = First.TotalSeconds;
        for (int i = 1; i < failures && wait < Longest.TotalSeconds; i++)
            wait *= Factor;
        wait = Math.Min(wait, Longest.TotalSeconds);
        return TimeSpan.FromSeconds(wait * (1 + (Jitter * ((2 * Fraction(Key, (ulong)failures)) - 1))));
    }

    /// <summary>In [0, 1), mixed from key and number by SplitMix64's finaliser: waits touch no result, so they need no stream of the experiment's randomness.</summary>
    private static double Fraction(ulong key, ulong number)
    {
        ulong z = Mix(key + 0x9E3779B97F4A7C15UL) + (number * 0x9E3779B97F4A7C15UL);
        return (Mix(z) >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
