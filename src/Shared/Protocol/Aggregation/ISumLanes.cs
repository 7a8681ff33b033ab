namespace Federated.Protocol.Aggregation;

/// <summary>
/// The arithmetic of one machine vector of doubles, and of as many 64-bit integers, that exact sums are made of. Sums are exact, so every width gives the same bits by nature;
/// the three implementations differ in speed only.
/// </summary>
/// <typeparam name="TReal">The vector of <see cref="Width"/> doubles.</typeparam>
/// <typeparam name="TWhole">The vector of <see cref="Width"/> 64-bit integers.</typeparam>
internal unsafe interface ISumLanes<TReal, TWhole>
    where TReal : struct
    where TWhole : struct
{
    /// <summary>Doubles in the vector: 8, 4 or 2. All divide <see cref="FixedSums.Granularity"/>.</summary>
    static abstract int Width { get; }

    /// <summary>The same double in every lane.</summary>
    static abstract TReal Broadcast(double value);

    /// <summary>The same integer in every lane.</summary>
    static abstract TWhole Broadcast(long value);

    /// <summary>Reads <see cref="Width"/> doubles.</summary>
    static abstract TReal Load(double* source);

    /// <summary>Writes <see cref="Width"/> doubles.</summary>
    static abstract void Store(TReal value, double* destination);

    /// <summary>Two floats per lane as doubles, which they are too; the earlier half and the later.</summary>
    static abstract void Widen(TWhole floats, out TReal lower, out TReal upper);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TReal MultiplyAdd(TReal a, TReal b, TReal c);

    /// <summary>a + b.</summary>
    static abstract TReal Add(TReal a, TReal b);

    /// <summary>a − b.</summary>
    static abstract TReal Subtract(TReal a, TReal b);

    /// <summary>a / b.</summary>
    static abstract TReal Divide(TReal a, TReal b);

    /// <summary>Reads <see cref="Width"/> integers.</summary>
    static abstract TWhole Load(long* source);

    /// <summary>Writes <see cref="Width"/> integers.</summary>
    static abstract void Store(TWhole value, long* destination);

    /// <summary>The bits of doubles.</summary>
    static abstract TWhole Bits(TReal value);

    /// <summary>The doubles of these bits.</summary>
    static abstract TReal FromBits(TWhole bits);

    /// <summary>The nearest doubles, or their neighbours, of integers read as unsigned.</summary>
    static abstract TReal FromUnsigned(TWhole value);

    /// <summary>a + b, modulo 2^64.</summary>
    static abstract TWhole Add(TWhole a, TWhole b);

    /// <summary>a − b, modulo 2^64.</summary>
    static abstract TWhole Subtract(TWhole a, TWhole b);

    /// <summary>a and b.</summary>
    static abstract TWhole And(TWhole a, TWhole b);

    /// <summary>Exclusive or.</summary>
    static abstract TWhole Xor(TWhole a, TWhole b);

    /// <summary>value · 2^count, modulo 2^64; count in 0…63.</summary>
    static abstract TWhole ShiftLeft(TWhole value, int count);

    /// <summary>⌊value / 2^count⌋ of signed integers; count in 0…63.</summary>
    static abstract TWhole ShiftRight(TWhole value, int count);

    /// <summary>All bits set where a is under b, both read as unsigned.</summary>
    static abstract TWhole IsUnder(TWhole a, TWhole b);

    /// <summary>Whether the sign of any lane is set.</summary>
    static abstract bool AnyNegative(TWhole value);

    /// <summary>Rounds both to floats, writes the first; whether they are the same in all lanes.</summary>
    static abstract bool StoreRounded(TReal below, TReal above, float* destination);

    /// <summary>Takes note of the largest and the smallest magnitude of two floats per lane: as bits without sign, and for the smallest less 1, so that a zero, which wraps around, does not count.</summary>
    static abstract void Note(TWhole floats, ref TWhole largest, ref TWhole least);

    /// <summary>What the noted magnitudes mean.</summary>
    /// <param name="largest">As noted, from 0 on.</param>
    /// <param name="least">As noted, from all bits set on.</param>
    /// <param name="smallest">Bits of the smallest positive float that is held.</param>
    /// <param name="limit">Bits of the smallest positive float that is too large.</param>
    static abstract Survey Judge(TWhole largest, TWhole least, uint smallest, uint limit);
}
