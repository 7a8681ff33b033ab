using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Federated.Engine.Kernels;

namespace Federated.Protocol.Aggregation;

/// <summary>Work on a stretch of coordinates of exact sums, with the vectors of one width.</summary>
internal abstract unsafe class SumPass
{
    /// <summary>
    /// Coordinates whose accumulators are at work at a time: 16 bytes each, 64 KB, stay in the second-level cache, while of every vector 16 KB at a stretch stream past them: longer stretches
    /// leave the processor's prefetching less idle than shorter ones gain by the first-level cache. A multiple of <see cref="FixedSums.Granularity"/>.
    /// </summary>
    public const int Stretch = 4096;

    /// <summary>Vectors that go through the accumulators before these are emptied into the sums.</summary>
    protected const int LargestGroup = 64;

    private static readonly SumPass Pass512 = new Of<Vector512<double>, Vector512<long>, SumLanes512>();
    private static readonly SumPass Pass256 = new Of<Vector256<double>, Vector256<long>, SumLanes256>();
    private static readonly SumPass Pass128 = new Of<Vector128<double>, Vector128<long>, SumLanes128>();

    /// <summary>The work with vectors of this width.</summary>
    public static SumPass With(VectorWidth width) => width switch
    {
        VectorWidth.V512 => Pass512,
        VectorWidth.V256 => Pass256,
        _ => Pass128,
    };

    /// <summary>
    /// Adds the vectors' values of <paramref name="count"/> coordinates from <paramref name="start"/> on, in the order of the vectors. Returns how many vectors were added: all, or fewer when
    /// one of the next few holds a value that is not finite.
    /// </summary>
    /// <param name="sums">What is added to.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="start">The first coordinate, a multiple of <see cref="FixedSums.Granularity"/>.</param>
    /// <param name="count">1…<see cref="Stretch"/>; a multiple of <see cref="FixedSums.Granularity"/> except at the end of the sums.</param>
    public abstract int Add(FixedSums sums, ReadOnlySpan<WeightedVector> vectors, int start, int count);

    /// <summary>Adds all that the other sums hold in 128 bits.</summary>
    public abstract void Merge(FixedSums other, FixedSums sums);

    /// <summary>The rounded quotients of the 128-bit integers.</summary>
    public abstract void Mean(FixedSums sums, ulong divisor, Span<float> mean);

    /// <summary>Copies values that are on the grid, and zeros in place of others.</summary>
    private static void CopyHeld(float* values, int count, SumGrid grid, float* copy)
    {
        for (int i = 0; i < count; i++)
            copy[i] = grid.Holds(MagnitudeBits(values[i])) ? values[i] : 0;
    }

    /// <summary>Adds the values that are not on the grid, one by one.</summary>
    private static void AddOthers(FixedSums sums, WeightedVector vector, int start, int count, SumGrid grid)
    {
        for (int i = start; i < start + count; i++)
        {
            float value = vector.Values[i];
            if (!grid.Holds(MagnitudeBits(value)))
                sums.AddValue(i, BitConverter.SingleToInt32Bits(value), vector.Weight);
        }
    }

    private static uint MagnitudeBits(float value) => BitConverter.SingleToUInt32Bits(value) & 0x7FFFFFFF;

    private sealed class Of<TReal, TWhole, TLanes> : SumPass
        where TReal : struct
        where TWhole : struct
        where TLanes : ISumLanes<TReal, TWhole>
    {
        /// <summary>Vectors that go past the accumulators side by side.</summary>
        private const int Abreast = 4;

        [SkipLocalsInit]
        public override int Add(FixedSums sums, ReadOnlySpan<WeightedVector> vectors, int start, int count)
        {
            const int alignment = 64;
            byte* memory = stackalloc byte[(Stretch * ((2 * sizeof(double)) + sizeof(float))) + alignment];
            double* coarse = (double*)(((nuint)memory + alignment - 1) & ~(nuint)(alignment - 1));
            double* fine = coarse + Stretch;
            float* copy = (float*)(fine + Stretch);
            int padded = (count + FixedSums.Granularity - 1) / FixedSums.Granularity * FixedSums.Granularity;
            int added = 0;
            while (added < vectors.Length)
            {
                int size = SumGrid.GroupOf(vectors[added..], LargestGroup, out SumGrid grid);
                ReadOnlySpan<WeightedVector> group = vectors.Slice(added, size);
                SumKernels<TReal, TWhole, TLanes>.Clear(coarse, fine, padded, grid);
                // At once as many as fit, in the hope that all values are on the grid, as they nearly always are; if not, the same with care.
                int atOnce = padded == count ? size / Abreast * Abreast : 0;
                if (atOnce > 0 && SumKernels<TReal, TWhole, TLanes>.TryAdd(coarse, fine, count, group[..atOnce], start, grid) != Survey.Held)
                {
                    SumKernels<TReal, TWhole, TLanes>.Clear(coarse, fine, padded, grid);
                    atOnce = 0;
                }

                ulong mixed = 0; // Vectors of the group with values that are not on the grid.
                for (int i = atOnce; i < size; i++)
                {
                    float* values = group[i].Values + start;
                    if (padded != count)
                    {
                        new ReadOnlySpan<float>(values, count).CopyTo(new Span<float>(copy, count));
                        new Span<float>(copy + count, padded - count).Clear();
                        values = copy;
                    }

                    Survey survey = SumKernels<TReal, TWhole, TLanes>.Look(values, padded, grid);
                    if (survey == Survey.NotFinite)
                        return added;
                    if (survey == Survey.Mixed)
                    {
                        mixed |= 1UL << i;
                        CopyHeld(values, padded, grid, copy);
                        values = copy;
                    }

                    SumKernels<TReal, TWhole, TLanes>.Add(coarse, fine, padded, new WeightedVector(values, group[i].Weight));
                }

                SumKernels<TReal, TWhole, TLanes>.Flush(coarse, fine, padded, grid, sums, start);
                for (; mixed != 0; mixed &= mixed - 1)
                    AddOthers(sums, group[BitOperations.TrailingZeroCount(mixed)], start, count, grid);
                added += size;
            }

            return added;
        }

        public override void Merge(FixedSums other, FixedSums sums)
        {
            if (sums.Length > 0)
                SumKernels<TReal, TWhole, TLanes>.Merge(other, sums, 0, sums.Low.Length);
        }

        public override void Mean(FixedSums sums, ulong divisor, Span<float> mean) => SumKernels<TReal, TWhole, TLanes>.Mean(sums, divisor, mean);
    }
}
