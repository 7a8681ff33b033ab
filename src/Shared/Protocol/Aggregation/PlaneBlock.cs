using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Federated.Protocol.Payloads;

namespace Federated.Protocol.Aggregation;

/// <summary>
/// Up to 64 128-bit integers as planes of bytes: byte k of all of them, then byte k + 1 of all. Planes below <paramref name="First"/> are zero and not written; planes from
/// <paramref name="First"/> + <paramref name="Count"/> on repeat the sign and are not written. Neighbouring coordinates of a model have alike magnitudes, and sums of floats end in zeros.
/// </summary>
/// <param name="First">The lowest plane that is not zero everywhere; 0 when all are.</param>
/// <param name="Count">Planes that are written, as few as possible.</param>
internal readonly record struct PlaneBlock(int First, int Count)
{
    /// <summary>Integers in a block; the last may have fewer.</summary>
    public const int Size = 64;

    /// <summary>Bytes of the block's header: the first plane and the number of planes.</summary>
    public const int HeaderBytes = 2;

    private const int Planes = 16;
    private const int BitsPerPlane = 8;
    private const int PlanesPerWord = 8;

    /// <summary>The shortest form of these integers.</summary>
    public static PlaneBlock Of(ReadOnlySpan<long> low, ReadOnlySpan<long> high)
    {
        long lowBits = 0; // Bits that some integer has.
        long highBits = 0;
        long lowSteps = 0; // Bits in which some integer differs from its sign.
        long highSteps = 0;
        for (int i = 0; i < low.Length; i++)
        {
            lowBits |= low[i];
            highBits |= high[i];
            lowSteps |= low[i] ^ (high[i] >> 63);
            highSteps |= high[i] ^ (high[i] >> 63);
        }

        if ((lowBits | highBits) == 0)
            return default;
        int lowest = lowBits != 0 ? (int)long.TrailingZeroCount(lowBits) : 64 + (int)long.TrailingZeroCount(highBits);
        // One bit more than the highest that differs from the sign, for the sign itself.
        int width = highSteps != 0 ? 129 - (int)long.LeadingZeroCount(highSteps) : 65 - (int)long.LeadingZeroCount(lowSteps);
        int first = lowest / BitsPerPlane;
        // An integer whose lowest bit is number t has t + 1 bits at least, so the end is behind the first plane.
        int end = (width + BitsPerPlane - 1) / BitsPerPlane;
        return new PlaneBlock(first, end - first);
    }

    /// <summary>Writes header and planes.</summary>
    public void Write(ReadOnlySpan<long> low, ReadOnlySpan<long> high, ref PartWriter writer)
    {
        writer.WriteByte((byte)First);
        writer.WriteByte((byte)Count);
        Span<byte> plane = stackalloc byte[Size];
        for (int k = First; k < First + Count; k++)
        {
            ReadOnlySpan<long> words = k < PlanesPerWord ? low : high;
            int shift = k % PlanesPerWord * BitsPerPlane;
            Cut(words, shift, plane);
            writer.WriteBytes(plane[..words.Length]);
        }
    }

    /// <summary>Reads a block into integers that are zero.</summary>
    /// <exception cref="PayloadException">The bytes are not a block in its shortest form.</exception>
    public static void Read(ref PartReader reader, scoped Span<long> low, scoped Span<long> high)
    {
        int start = reader.Offset;
        PlaneBlock block = ReadChecked(ref reader, low, high);
        if (Of(low, high) != block)
            throw new PayloadException(PayloadError.OutOfRange, start, "A block of a sum is not in its shortest form.");
    }

    /// <summary>Reads a block that <see cref="Read"/> has taken before, into integers that are zero.</summary>
    public static PlaneBlock ReadChecked(ref PartReader reader, scoped Span<long> low, scoped Span<long> high)
    {
        int start = reader.Offset;
        int first = reader.ReadByte();
        int count = reader.ReadByte();
        if (first + count > Planes)
            throw new PayloadException(PayloadError.OutOfRange, start, $"A block of a sum names {count} planes from {first} on; there are {Planes}.");
        for (int k = first; k < first + count; k++)
            Put(reader.Take(low.Length), k % PlanesPerWord * BitsPerPlane, k < PlanesPerWord ? low : high);
        ExtendSigns(low, high, first + count);
        return new PlaneBlock(first, count);
    }

    /// <summary>Takes the byte at bit <paramref name="shift"/> out of every word.</summary>
    private static void Cut(ReadOnlySpan<long> words, int shift, Span<byte> plane)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref long first = ref MemoryMarshal.GetReference(words);
            ref byte target = ref MemoryMarshal.GetReference(plane);
            Vector256<ulong> one = Vector256.Create((ulong)byte.MaxValue);
            for (; i <= words.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
                Vector256.Narrow(Cut16(ref first, i, shift, one), Cut16(ref first, i + 16, shift, one)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < words.Length; i++)
            plane[i] = (byte)(words[i] >> shift);
    }

    private static Vector256<ushort> Cut16(ref long words, int start, int shift, Vector256<ulong> one) => Vector256.Narrow(
        Vector256.Narrow(Cut4(ref words, start, shift, one), Cut4(ref words, start + 4, shift, one)),
        Vector256.Narrow(Cut4(ref words, start + 8, shift, one), Cut4(ref words, start + 12, shift, one)));

    private static Vector256<ulong> Cut4(ref long words, int start, int shift, Vector256<ulong> one) => (Vector256.LoadUnsafe(ref words, (nuint)start).AsUInt64() >>> shift) & one;

    /// <summary>Puts a plane of bytes at bit <paramref name="shift"/> of words that are zero there.</summary>
    private static void Put(ReadOnlySpan<byte> plane, int shift, Span<long> words)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref byte source = ref MemoryMarshal.GetReference(plane);
            ref long target = ref MemoryMarshal.GetReference(words);
            for (; i <= plane.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
            {
                (Vector256<ushort> lower, Vector256<ushort> upper) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i));
                Put16(lower, shift, ref target, i);
                Put16(upper, shift, ref target, i + 16);
            }
        }

        for (; i < plane.Length; i++)
            words[i] |= (long)plane[i] << shift;
    }

    private static void Put16(Vector256<ushort> bytes, int shift, ref long words, int start)
    {
        (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(bytes);
        (Vector256<ulong> a, Vector256<ulong> b) = Vector256.Widen(lower);
        (Vector256<ulong> c, Vector256<ulong> d) = Vector256.Widen(upper);
        Put4(a, shift, ref words, start);
        Put4(b, shift, ref words, start + 4);
        Put4(c, shift, ref words, start + 8);
        Put4(d, shift, ref words, start + 12);
    }

    private static void Put4(Vector256<ulong> bytes, int shift, ref long words, int start) =>
        (Vector256.LoadUnsafe(ref words, (nuint)start) | (bytes << shift).AsInt64()).StoreUnsafe(ref words, (nuint)start);

    /// <summary>Repeats the highest bit of the first <paramref name="planes"/> planes upwards.</summary>
    private static void ExtendSigns(Span<long> low, Span<long> high, int planes)
    {
        if (planes is 0 or Planes)
            return;
        int unused = (planes <= PlanesPerWord ? PlanesPerWord - planes : Planes - planes) * BitsPerPlane;
        for (int i = 0; i < low.Length; i++)
        {
            if (planes <= PlanesPerWord)
            {
                low[i] = low[i] << unused >> unused;
                high[i] = low[i] >> 63;
            }
            else
            {
                high[i] = high[i] << unused >> unused;
            }
        }
    }
}
