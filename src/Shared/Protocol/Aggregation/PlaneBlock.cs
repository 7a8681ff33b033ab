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
            for (int i = 0; i < words.Length; i++)
                plane[i] = (byte)(words[i] >> shift);
            writer.WriteBytes(plane[..words.Length]);
        }
    }

    /// <summary>Reads a block into integers that are zero.</summary>
    /// <exception cref="PayloadException">The bytes are not a block in its shortest form.</exception>
    public static void Read(ref PartReader reader, scoped Span<long> low, scoped Span<long> high)
    {
        int start = reader.Offset;
        int first = reader.ReadByte();
        int count = reader.ReadByte();
        if (first + count > Planes)
            throw new PayloadException(PayloadError.OutOfRange, start, $"A block of a sum names {count} planes from {first} on; there are {Planes}.");
        for (int k = first; k < first + count; k++)
        {
            ReadOnlySpan<byte> plane = reader.Take(low.Length);
            Span<long> words = k < PlanesPerWord ? low : high;
            int shift = k % PlanesPerWord * BitsPerPlane;
            for (int i = 0; i < plane.Length; i++)
                words[i] |= (long)plane[i] << shift;
        }

        ExtendSigns(low, high, first + count);
        if (Of(low, high) != new PlaneBlock(first, count))
            throw new PayloadException(PayloadError.OutOfRange, start, "A block of a sum is not in its shortest form.");
    }

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
