using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Federated.Protocol.Aggregation;

/// <summary>Exact sums with 128-bit vectors.</summary>
internal readonly unsafe struct SumLanes128 : ISumLanes<Vector128<double>, Vector128<long>>
{
    /// <inheritdoc/>
    public static int Width => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Broadcast(double value) => Vector128.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Broadcast(long value) => Vector128.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load(double* source) => Vector128.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<double> value, double* destination) => value.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Vector128<long> floats, out Vector128<double> lower, out Vector128<double> upper) => (lower, upper) = Vector128.Widen(floats.AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> MultiplyAdd(Vector128<double> a, Vector128<double> b, Vector128<double> c) => Vector128.FusedMultiplyAdd(a, b, c);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Add(Vector128<double> a, Vector128<double> b) => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Subtract(Vector128<double> a, Vector128<double> b) => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Divide(Vector128<double> a, Vector128<double> b) => a / b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Load(long* source) => Vector128.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<long> value, long* destination) => value.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Bits(Vector128<double> value) => value.AsInt64();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> FromBits(Vector128<long> bits) => bits.AsDouble();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> FromUnsigned(Vector128<long> value) => Vector128.ConvertToDouble(value.AsUInt64());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Add(Vector128<long> a, Vector128<long> b) => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Subtract(Vector128<long> a, Vector128<long> b) => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> And(Vector128<long> a, Vector128<long> b) => a & b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> Xor(Vector128<long> a, Vector128<long> b) => a ^ b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> ShiftLeft(Vector128<long> value, int count) => value << count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> ShiftRight(Vector128<long> value, int count) => value >> count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<long> IsUnder(Vector128<long> a, Vector128<long> b) => Vector128.LessThan(a.AsUInt64(), b.AsUInt64()).AsInt64();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNegative(Vector128<long> value) => Vector128.LessThanAny(value, Vector128<long>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool StoreRounded(Vector128<double> below, Vector128<double> above, float* destination)
    {
        Vector128<float> rounded = Vector128.Narrow(below, below);
        *(double*)destination = rounded.AsDouble().ToScalar();
        return Vector128.EqualsAll(rounded.AsInt32(), Vector128.Narrow(above, above).AsInt32());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Note(Vector128<long> floats, ref Vector128<long> largest, ref Vector128<long> least)
    {
        Vector128<uint> bits = floats.AsUInt32() & Vector128.Create(0x7FFFFFFFu);
        largest = Vector128.Max(largest.AsUInt32(), bits).AsInt64();
        least = Vector128.Min(least.AsUInt32(), bits - Vector128<uint>.One).AsInt64();
    }

    /// <inheritdoc/>
    public static Survey Judge(Vector128<long> largest, Vector128<long> least, uint smallest, uint limit)
    {
        if (Vector128.GreaterThanOrEqualAny(largest.AsUInt32(), Vector128.Create(SumGrid.Infinity)))
            return Survey.NotFinite;
        return Vector128.LessThanAll(largest.AsUInt32(), Vector128.Create(limit)) && Vector128.GreaterThanOrEqualAll(least.AsUInt32(), Vector128.Create(smallest - 1))
            ? Survey.Held
            : Survey.Mixed;
    }
}
