using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Federated.Engine.Randomness;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Philox4x32-10 (Salmon et al. 2011) in sixteen lanes: the generator of <see cref="KeyedRandom"/> with a counter per image lane, for layers that need
/// random numbers for every pixel. The key is the first two words of a keyed stream; the counter is (group, lane, block, 0).
/// </summary>
internal readonly unsafe ref struct LanePhilox
{
    private readonly uint key0;
    private readonly uint key1;

    /// <summary>The numbers that belong to <paramref name="key"/>.</summary>
    public LanePhilox(RandomKey key)
    {
        var random = new KeyedRandom(key);
        key0 = random.NextUInt32();
        key1 = random.NextUInt32();
    }

    /// <summary>Writes 4 × 16 uniform words: word i of lane j at <c>16·i + j</c>.</summary>
    public void Fill(uint group, uint block, uint* destination)
    {
        Vector512<uint> x0 = Vector512.Create(group), x1 = Vector512<uint>.Indices, x2 = Vector512.Create(block), x3 = Vector512<uint>.Zero;
        uint k0 = key0, k1 = key1;
        for (int round = 0; round < 10; round++)
        {
            Multiply(x0, 0xD2511F53, out Vector512<uint> high0, out Vector512<uint> low0);
            Multiply(x2, 0xCD9E8D57, out Vector512<uint> high1, out Vector512<uint> low1);
            x0 = high1 ^ x1 ^ Vector512.Create(k0);
            x1 = low1;
            x2 = high0 ^ x3 ^ Vector512.Create(k1);
            x3 = low0;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        x0.Store(destination);
        x1.Store(destination + Geometry.Lanes);
        x2.Store(destination + (2 * Geometry.Lanes));
        x3.Store(destination + (3 * Geometry.Lanes));
    }

    /// <summary>The halves of the 64-bit products of sixteen 32-bit words and one factor: even and odd lanes are multiplied apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(Vector512<uint> x, uint factor, out Vector512<uint> high, out Vector512<uint> low)
    {
        Vector512<ulong> lower = Vector512.Create(0xFFFF_FFFFUL), wide = Vector512.Create((ulong)factor);
        Vector512<ulong> even = (x.AsUInt64() & lower) * wide;
        Vector512<ulong> odd = (x.AsUInt64() >> 32) * wide;
        high = ((even >> 32) | (odd & ~lower)).AsUInt32();
        low = ((even & lower) | (odd << 32)).AsUInt32();
    }
}
