using Federated.Engine.Numerics;

namespace Federated.Engine.Randomness;

/// <summary>
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a counter-based generator.
/// The key is mixed from a <see cref="RandomKey"/>, the counter runs from 0, so that any stream can be produced anywhere, in any order.
/// A value type: copying it copies the position in the stream, so pass it by reference.
/// </summary>
public struct KeyedRandom
{
    private readonly uint key0;
    private readonly uint key1;
    private readonly ulong lane;
    private ulong counter;
    private uint buffered0;
    private uint buffered1;
    private uint buffered2;
    private int left;

    /// <summary>The stream that belongs to <paramref name="key"/>, from its beginning.</summary>
    public KeyedRandom(RandomKey key)
    {
        // SplitMix64's finaliser is a bijection with full avalanche; chaining it over the fields gives 128 well-mixed bits:
        // 64 for Philox's key and 64 for the upper half of its counter.
        ulong mixed = Mix(key.Seed + 0x9E3779B97F4A7C15UL);
        mixed = Mix(mixed ^ (((ulong)(uint)key.Purpose << 32) | (uint)key.Round));
        mixed = Mix(mixed ^ (uint)key.Client);
        ulong upper = Mix(mixed ^ (ulong)key.Step);
        key0 = (uint)mixed;
        key1 = (uint)(mixed >> 32);
        lane = upper;
    }

    /// <summary>The next 32 uniform bits.</summary>
    public uint NextUInt32()
    {
        if (left == 0)
        {
            uint first = Generate();
            left = 3;
            return first;
        }

        left--;
        return left switch { 2 => buffered0, 1 => buffered1, _ => buffered2 };
    }

    /// <summary>The next 64 uniform bits.</summary>
    public ulong NextUInt64() => ((ulong)NextUInt32() << 32) | NextUInt32();

    /// <summary>Uniform in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, 1) with 24 random bits.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1.0f / (1 << 24));

    /// <summary>Uniform integer in [0, <paramref name="bound"/>) without bias (Lemire 2019).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not positive.</exception>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        ulong product = (ulong)NextUInt32() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            uint threshold = (uint)(-bound) % (uint)bound;
            while ((uint)product < threshold)
                product = (ulong)NextUInt32() * (uint)bound;
        }

        return (int)(product >> 32);
    }

    /// <summary>Standard normal (Box–Muller; one value for two uniforms, so that the stream's position does not depend on history).</summary>
    public double NextNormal()
    {
        double radius = Math.Sqrt(-2 * DeterministicMath.Log(1 - NextDouble()));
        return radius * DeterministicMath.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Gamma with the given shape and scale 1 (Marsaglia and Tsang 2000; shapes under 1 by the power of a uniform).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The shape is not positive.</exception>
    public double NextGamma(double shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape);
        if (shape < 1)
            return NextGamma(shape + 1) * DeterministicMath.Exp(DeterministicMath.Log(1 - NextDouble()) / shape);
        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextNormal();
            double v = 1 + (c * x);
            if (v <= 0)
                continue;
            v = v * v * v;
            double u = 1 - NextDouble();
            if (DeterministicMath.Log(u) < (0.5 * x * x) + d - (d * v) + (d * DeterministicMath.Log(v)))
                return d * v;
        }
    }

    /// <summary>Puts the items in a uniformly random order (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    private uint Generate()
    {
        (uint x0, uint x1, uint x2, uint x3) = Philox((uint)counter, (uint)(counter >> 32), (uint)lane, (uint)(lane >> 32), key0, key1);
        counter++;
        buffered0 = x1;
        buffered1 = x2;
        buffered2 = x3;
        return x0;
    }

    /// <summary>The ten rounds of Philox4x32 on one counter block and key.</summary>
    internal static (uint X0, uint X1, uint X2, uint X3) Philox(uint x0, uint x1, uint x2, uint x3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = 0xD2511F53UL * x0;
            ulong product1 = 0xCD9E8D57UL * x2;
            (x0, x1, x2, x3) = ((uint)(product1 >> 32) ^ x1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ x3 ^ k1, (uint)product0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (x0, x1, x2, x3);
    }
}
