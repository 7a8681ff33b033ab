using System.Runtime.CompilerServices;

namespace Federated.Protocol.Aggregation;

/// <summary>The inner loops of exact sums. All counts are multiples of <see cref="FixedSums.Granularity"/>.</summary>
internal static unsafe class SumKernels<TReal, TWhole, TLanes>
    where TReal : struct
    where TWhole : struct
    where TLanes : ISumLanes<TReal, TWhole>
{
    /// <summary>Sets the accumulators to zero.</summary>
    public static void Clear(double* coarse, double* fine, int count, SumGrid grid)
    {
        TReal coarseZero = TLanes.Broadcast(grid.CoarseZero);
        TReal fineZero = TLanes.Broadcast(grid.FineZero);
        for (int i = 0; i < count; i += TLanes.Width)
        {
            TLanes.Store(coarseZero, coarse + i);
            TLanes.Store(fineZero, fine + i);
        }
    }

    /// <summary>What kinds of floats there are.</summary>
    public static Survey Look(float* values, int count, SumGrid grid)
    {
        TWhole largest = TLanes.Broadcast(0L);
        TWhole least = TLanes.Broadcast(-1L);
        for (int i = 0; i < count; i += 2 * TLanes.Width)
            TLanes.Note(TLanes.Load((long*)(values + i)), ref largest, ref least);
        return TLanes.Judge(largest, least, grid.Smallest, SumGrid.Limit);
    }

    /// <summary>Adds one weighted vector whose values are all on the grid.</summary>
    public static void Add(double* coarse, double* fine, int count, WeightedVector vector)
    {
        TReal weight = TLanes.Broadcast((double)vector.Weight);
        for (int i = 0; i < count; i += 2 * TLanes.Width)
        {
            var accumulators = new Accumulators(coarse + i, fine + i);
            accumulators.Add(TLanes.Load((long*)(vector.Values + i)), weight);
            accumulators.Store(coarse + i, fine + i);
        }
    }

    /// <summary>
    /// Adds vectors four at a time, so that the accumulators are read and written once for four, and says afterwards whether their values were on the grid; where they were not, the accumulators
    /// are worthless. Asks for the four vectors that come next, evenly over the loop: bursts of requests would leave the memory idle in between.
    /// </summary>
    /// <param name="coarse">Coarse accumulators.</param>
    /// <param name="fine">Fine accumulators.</param>
    /// <param name="count">Coordinates.</param>
    /// <param name="vectors">The vectors, a multiple of four.</param>
    /// <param name="start">The first coordinate.</param>
    /// <param name="grid">The grid.</param>
    public static Survey TryAdd(double* coarse, double* fine, int count, ReadOnlySpan<WeightedVector> vectors, int start, SumGrid grid)
    {
        TWhole largest = TLanes.Broadcast(0L);
        TWhole least = TLanes.Broadcast(-1L);
        for (int first = 0; first < vectors.Length; first += 4)
        {
            ReadOnlySpan<WeightedVector> four = vectors.Slice(first, 4);
            ReadOnlySpan<WeightedVector> next = first + 8 <= vectors.Length ? vectors.Slice(first + 4, 4) : four;
            float* valuesA = four[0].Values + start;
            float* valuesB = four[1].Values + start;
            float* valuesC = four[2].Values + start;
            float* valuesD = four[3].Values + start;
            float* nextA = next[0].Values + start;
            float* nextB = next[1].Values + start;
            float* nextC = next[2].Values + start;
            float* nextD = next[3].Values + start;
            TReal weightA = TLanes.Broadcast((double)four[0].Weight);
            TReal weightB = TLanes.Broadcast((double)four[1].Weight);
            TReal weightC = TLanes.Broadcast((double)four[2].Weight);
            TReal weightD = TLanes.Broadcast((double)four[3].Weight);
            for (int i = 0; i < count; i += 2 * TLanes.Width)
            {
                Prefetch.Line(nextA + i);
                Prefetch.Line(nextB + i);
                Prefetch.Line(nextC + i);
                Prefetch.Line(nextD + i);
                // Each vector of floats is read once, for both uses: most of these reads straddle two lines, and reads are what the loop has most of.
                TWhole floatsA = TLanes.Load((long*)(valuesA + i));
                TWhole floatsB = TLanes.Load((long*)(valuesB + i));
                TWhole floatsC = TLanes.Load((long*)(valuesC + i));
                TWhole floatsD = TLanes.Load((long*)(valuesD + i));
                TLanes.Note(floatsA, ref largest, ref least);
                TLanes.Note(floatsB, ref largest, ref least);
                TLanes.Note(floatsC, ref largest, ref least);
                TLanes.Note(floatsD, ref largest, ref least);
                var accumulators = new Accumulators(coarse + i, fine + i);
                accumulators.Add(floatsA, weightA);
                accumulators.Add(floatsB, weightB);
                accumulators.Add(floatsC, weightC);
                accumulators.Add(floatsD, weightD);
                accumulators.Store(coarse + i, fine + i);
            }
        }

        return TLanes.Judge(largest, least, grid.Smallest, SumGrid.Limit);
    }

    /// <summary>Adds the accumulators to the sums from <paramref name="start"/> on.</summary>
    public static void Flush(double* coarse, double* fine, int count, SumGrid grid, FixedSums sums, int start)
    {
        // An accumulator stays between 2^52 and 2^53 of its units, where the bits of a double count the units.
        TWhole coarseZero = TLanes.Bits(TLanes.Broadcast(grid.CoarseZero));
        TWhole fineZero = TLanes.Bits(TLanes.Broadcast(grid.FineZero));
        int fineShift = FixedSums.FractionBits - grid.FineBits;
        int coarseShift = fineShift + grid.Between;
        fixed (long* low = &sums.Low[start], high = &sums.High[start])
        {
            for (int i = 0; i < count; i += TLanes.Width)
            {
                Shift(TLanes.Subtract(TLanes.Bits(TLanes.Load(coarse + i)), coarseZero), coarseShift, out TWhole lowUnits, out TWhole highUnits);
                Shift(TLanes.Subtract(TLanes.Bits(TLanes.Load(fine + i)), fineZero), fineShift, out TWhole lowFine, out TWhole highFine);
                Add(ref lowUnits, ref highUnits, lowFine, highFine);
                AddUnits(low + i, high + i, lowUnits, highUnits, sums, start + i);
            }
        }
    }

    /// <summary>Adds the 128-bit integers of other sums from <paramref name="start"/> on; not what these have spilled.</summary>
    public static void Merge(FixedSums other, FixedSums sums, int start, int count)
    {
        fixed (long* otherLow = &other.Low[start], otherHigh = &other.High[start], low = &sums.Low[start], high = &sums.High[start])
        {
            for (int i = 0; i < count; i += TLanes.Width)
                AddUnits(low + i, high + i, TLanes.Load(otherLow + i), TLanes.Load(otherHigh + i), sums, start + i);
        }
    }

    /// <summary>
    /// sum / divisor in float32, rounded to nearest even, of the 128-bit integers. The quotient in doubles is off by less than 2^-50 of itself (three roundings in the dividend, one in the divisor,
    /// one in the division, of 2^-53 each; conversions may take two); where floats 2^-48 of it below and above are the same, rounding being monotone, the exact quotient rounds to it too.
    /// Elsewhere, at and next to ties, the quotient is computed in integers.
    /// </summary>
    public static void Mean(FixedSums sums, ulong divisor, Span<float> mean)
    {
        TReal scaledDivisor = TLanes.Broadcast(Math.ScaleB((double)divisor, FixedSums.FractionBits));
        TReal upperUnit = TLanes.Broadcast(18446744073709551616.0); // 2^64
        TReal below = TLanes.Broadcast(1 - (1.0 / (1L << 48)));
        TReal above = TLanes.Broadcast(1 + (1.0 / (1L << 48)));
        TWhole signBit = TLanes.Broadcast(long.MinValue);
        TWhole zero = TLanes.Broadcast(0L);
        int vectors = mean.Length / TLanes.Width * TLanes.Width;
        fixed (long* low = sums.Low, high = sums.High)
        fixed (float* means = mean)
        {
            for (int i = 0; i < vectors; i += TLanes.Width)
            {
                // The magnitude: (x ^ s) − s with s = −1 for negative sums, else 0.
                TWhole upper = TLanes.Load(high + i);
                TWhole sign = TLanes.ShiftRight(upper, 63);
                TWhole lower = TLanes.Subtract(TLanes.Xor(TLanes.Load(low + i), sign), sign);
                // The carry into the upper word: where the lower word of a negative sum is 0.
                TWhole carry = TLanes.And(TLanes.IsUnder(lower, TLanes.Broadcast(1L)), sign);
                TWhole magnitude = TLanes.Subtract(TLanes.Xor(upper, sign), carry);
                TReal dividend = TLanes.MultiplyAdd(TLanes.FromUnsigned(magnitude), upperUnit, TLanes.FromUnsigned(lower));
                TReal quotient = TLanes.FromBits(TLanes.Xor(TLanes.Bits(TLanes.Divide(dividend, scaledDivisor)), TLanes.And(sign, signBit)));
                TReal nothing = TLanes.FromBits(zero);
                if (!TLanes.StoreRounded(TLanes.MultiplyAdd(quotient, below, nothing), TLanes.MultiplyAdd(quotient, above, nothing), means + i))
                    MeanInIntegers(sums, divisor, mean, i, i + TLanes.Width);
            }
        }

        MeanInIntegers(sums, divisor, mean, vectors, mean.Length);
    }

    private static void MeanInIntegers(FixedSums sums, ulong divisor, Span<float> mean, int start, int end)
    {
        for (int i = start; i < end; i++)
            mean[i] = ExactRounding.Quotient((ulong)sums.Low[i], sums.High[i], divisor, FixedSums.FractionBits);
    }

    /// <summary>value · 2^shift as a 128-bit integer; shift in 0…127.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Shift(TWhole value, int shift, out TWhole low, out TWhole high)
    {
        if (shift < 64)
        {
            low = TLanes.ShiftLeft(value, shift);
            high = TLanes.ShiftRight(TLanes.ShiftRight(value, 1), 63 - shift);
        }
        else
        {
            low = TLanes.Broadcast(0L);
            high = TLanes.ShiftLeft(value, shift - 64);
        }
    }

    /// <summary>Adds 128-bit integers whose sums fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref TWhole low, ref TWhole high, TWhole addedLow, TWhole addedHigh)
    {
        low = TLanes.Add(low, addedLow);
        // The comparison gives −1 where there is a carry.
        high = TLanes.Subtract(TLanes.Add(high, addedHigh), TLanes.IsUnder(low, addedLow));
    }

    /// <summary>Adds 128-bit integers to the sums; where one does not fit, the whole vector is added one by one, and spills.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddUnits(long* low, long* high, TWhole addedLow, TWhole addedHigh, FixedSums sums, int index)
    {
        TWhole newLow = TLanes.Load(low);
        TWhole oldHigh = TLanes.Load(high);
        TWhole newHigh = oldHigh;
        Add(ref newLow, ref newHigh, addedLow, addedHigh);
        if (TLanes.AnyNegative(TLanes.And(TLanes.Xor(oldHigh, newHigh), TLanes.Xor(addedHigh, newHigh))))
        {
            AddOneByOne(addedLow, addedHigh, sums, index);
            return;
        }

        TLanes.Store(newLow, low);
        TLanes.Store(newHigh, high);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddOneByOne(TWhole addedLow, TWhole addedHigh, FixedSums sums, int index)
    {
        long* lows = stackalloc long[TLanes.Width];
        long* highs = stackalloc long[TLanes.Width];
        TLanes.Store(addedLow, lows);
        TLanes.Store(addedHigh, highs);
        for (int lane = 0; lane < TLanes.Width; lane++)
            sums.AddUnits(index + lane, lows[lane], highs[lane]);
    }

    /// <summary>The accumulators of as many coordinates as a vector has floats.</summary>
    private struct Accumulators
    {
        private TReal coarseLower;
        private TReal coarseUpper;
        private TReal fineLower;
        private TReal fineUpper;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Accumulators(double* coarse, double* fine)
        {
            coarseLower = TLanes.Load(coarse);
            coarseUpper = TLanes.Load(coarse + TLanes.Width);
            fineLower = TLanes.Load(fine);
            fineUpper = TLanes.Load(fine + TLanes.Width);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(TWhole floats, TReal weight)
        {
            TLanes.Widen(floats, out TReal lower, out TReal upper);
            Add(ref coarseLower, ref fineLower, lower, weight);
            Add(ref coarseUpper, ref fineUpper, upper, weight);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(double* coarse, double* fine)
        {
            TLanes.Store(coarseLower, coarse);
            TLanes.Store(coarseUpper, coarse + TLanes.Width);
            TLanes.Store(fineLower, fine);
            TLanes.Store(fineUpper, fine + TLanes.Width);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(ref TReal coarse, ref TReal fine, TReal value, TReal weight)
        {
            TReal sum = TLanes.MultiplyAdd(value, weight, coarse);
            // coarse − sum is minus what was added, exactly; the product less that is the remainder, exactly.
            fine = TLanes.Add(fine, TLanes.MultiplyAdd(value, weight, TLanes.Subtract(coarse, sum)));
            coarse = sum;
        }
    }
}
