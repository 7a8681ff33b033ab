using System.Numerics;
using System.Runtime.InteropServices;

namespace Federated.Protocol.Transfer;

/// <summary>CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected, as RFC 3720 appendix B.4 uses it): the checksum of chunks, for which processors have an instruction.</summary>
public static class Crc32C
{
    /// <summary>The checksum of <paramref name="data"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        // Eight bytes an instruction; the vectors of the RFC hold on either byte order because the words are taken as little-endian.
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (ulong word in words)
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        foreach (byte rest in data[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }
}
