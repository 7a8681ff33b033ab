using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Federated.Protocol.Aggregation;

/// <summary>Exact sums with 512-bit vectors.</summary>
internal readonly unsafe struct SumLanes512 : ISumLanes<Vector512<double>, Vector512<long>>
{
    /// <inheritdoc/>
    public static int Width => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Broadcast(double value) => Vector512.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Broadcast(long value) => Vector512.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(double* source) => Vector512.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> value, double* destination) => value.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Vector512<long> floats, out Vector512<double> lower, out Vector512<double> upper) => (lower, upper) = Vector512.Widen(floats.AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> MultiplyAdd(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(a, b, c);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b) => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Subtract(Vector512<double> a, Vector512<double> b) => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Divide(Vector512<double> a, Vector512<double> b) => a / b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Load(long* source) => Vector512.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<long> value, long* destination) => value.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Bits(Vector512<double> value) => value.AsInt64();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> FromBits(Vector512<long> bits) => bits.AsDouble();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> FromUnsigned(Vector512<long> value) => Vector512.ConvertToDouble(value.AsUInt64());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Add(Vector512<long> a, Vector512<long> b) => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Subtract(Vector512<long> a, Vector512<long> b) => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> And(Vector512<long> a, Vector512<long> b) => a & b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> Xor(Vector512<long> a, Vector512<long> b) => a ^ b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> ShiftLeft(Vector512<long> value, int count) => value << count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> ShiftRight(Vector512<long> value, int count) => value >> count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<long> IsUnder(Vector512<long> a, Vector512<long> b) => Vector512.LessThan(a.AsUInt64(), b.AsUInt64()).AsInt64();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNegative(Vector512<long> value) => Vector512.LessThanAny(value, Vector512<long>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool StoreRounded(Vector512<double> below, Vector512<double> above, float* destination)
    {
        Vector256<float> rounded = Vector256.Narrow(below.GetLower(), below.GetUpper());
        rounded.Store(destination);
        return Vector256.EqualsAll(rounded.AsInt32(), Vector256.Narrow(above.GetLower(), above.GetUpper()).AsInt32());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Note(Vector512<long> floats, ref Vector512<long> largest, ref Vector512<long> least)
    {
        Vector512<uint> bits = floats.AsUInt32() & Vector512.Create(0x7FFFFFFFu);
        largest = Vector512.Max(largest.AsUInt32(), bits).AsInt64();
        least = Vector512.Min(least.AsUInt32(), bits - Vector512<uint>.One).AsInt64();
    }

    /// <inheritdoc/>
    public static Survey Judge(Vector512<long> largest, Vector512<long> least, uint smallest, uint limit)
    {
        if (Vector512.GreaterThanOrEqualAny(largest.AsUInt32(), Vector512.Create(SumGrid.Infinity)))
            return Survey.NotFinite;
        return Vector512.LessThanAll(largest.AsUInt32(), Vector512.Create(limit)) && Vector512.GreaterThanOrEqualAll(least.AsUInt32(), Vector512.Create(smallest - 1))
            ? Survey.Held
            : Survey.Mixed;
    }
}
