using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Federated.Protocol.Aggregation;

/// <summary>Exact sums with 256-bit vectors.</summary>
internal readonly unsafe struct SumLanes256 : ISumLanes<Vector256<double>, Vector256<long>>
{
    /// <inheritdoc/>
    public static int Width => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Broadcast(double value) => Vector256.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Broadcast(long value) => Vector256.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(double* source) => Vector256.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> value, double* destination) => value.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Vector256<long> floats, out Vector256<double> lower, out Vector256<double> upper) => (lower, upper) = Vector256.Widen(floats.AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> MultiplyAdd(Vector256<double> a, Vector256<double> b, Vector256<double> c) => Vector256.FusedMultiplyAdd(a, b, c);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Add(Vector256<double> a, Vector256<double> b) => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Subtract(Vector256<double> a, Vector256<double> b) => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Divide(Vector256<double> a, Vector256<double> b) => a / b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Load(long* source) => Vector256.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<long> value, long* destination) => value.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Bits(Vector256<double> value) => value.AsInt64();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> FromBits(Vector256<long> bits) => bits.AsDouble();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> FromUnsigned(Vector256<long> value) => Vector256.ConvertToDouble(value.AsUInt64());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Add(Vector256<long> a, Vector256<long> b) => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Subtract(Vector256<long> a, Vector256<long> b) => a - b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> And(Vector256<long> a, Vector256<long> b) => a & b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Xor(Vector256<long> a, Vector256<long> b) => a ^ b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> ShiftLeft(Vector256<long> value, int count) => value << count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> ShiftRight(Vector256<long> value, int count) => value >> count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> IsUnder(Vector256<long> a, Vector256<long> b) => Vector256.LessThan(a.AsUInt64(), b.AsUInt64()).AsInt64();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNegative(Vector256<long> value) => Vector256.LessThanAny(value, Vector256<long>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool StoreRounded(Vector256<double> below, Vector256<double> above, float* destination)
    {
        Vector128<float> rounded = Vector128.Narrow(below.GetLower(), below.GetUpper());
        rounded.Store(destination);
        return Vector128.EqualsAll(rounded.AsInt32(), Vector128.Narrow(above.GetLower(), above.GetUpper()).AsInt32());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Note(Vector256<long> floats, ref Vector256<long> largest, ref Vector256<long> least)
    {
        Vector256<uint> bits = floats.AsUInt32() & Vector256.Create(0x7FFFFFFFu);
        largest = Vector256.Max(largest.AsUInt32(), bits).AsInt64();
        least = Vector256.Min(least.AsUInt32(), bits - Vector256<uint>.One).AsInt64();
    }

    /// <inheritdoc/>
    public static Survey Judge(Vector256<long> largest, Vector256<long> least, uint smallest, uint limit)
    {
        if (Vector256.GreaterThanOrEqualAny(largest.AsUInt32(), Vector256.Create(SumGrid.Infinity)))
            return Survey.NotFinite;
        return Vector256.LessThanAll(largest.AsUInt32(), Vector256.Create(limit)) && Vector256.GreaterThanOrEqualAll(least.AsUInt32(), Vector256.Create(smallest - 1))
            ? Survey.Held
            : Survey.Mixed;
    }
}
