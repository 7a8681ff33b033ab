using System.Text;
using Federated.Protocol.Transfer;
using Xunit;

namespace Federated.Protocol.Tests.Transfer;

public sealed class Crc32CTests
{
    [Fact]
    public void The_checksums_are_those_of_the_standard()
    {
        // RFC 3720, B.4 (there as bytes in the order of the wire), and the usual check value.
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray()));
        Assert.Equal(0xE3069283u, Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(0u, Crc32C.Compute([]));
    }

    [Fact]
    public void Every_length_agrees_with_the_polynomial_bit_by_bit()
    {
        byte[] bytes = Samples.Bytes(70);
        for (int length = 0; length <= bytes.Length; length++)
            Assert.Equal(BitByBit(bytes.AsSpan(0, length)), Crc32C.Compute(bytes.AsSpan(0, length)));
    }

    private static uint BitByBit(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0x82F63B78;
        }

        return ~crc;
    }
}
