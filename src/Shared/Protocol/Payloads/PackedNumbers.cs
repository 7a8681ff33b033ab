using System.Numerics;

namespace Federated.Protocol.Payloads;

/// <summary>
/// Numbers below a common bound, in their order: the bound, how many they are, then ⌈log2 bound⌉ bits for each, the first in the lowest bits, in whole bytes whose last bits are zero.
/// </summary>
internal static class PackedNumbers
{
    /// <summary>Checks what a part is given.</summary>
    public static void Require(int bound, ReadOnlySpan<int> numbers, string name)
    {
        if (numbers.IsEmpty)
            throw new ArgumentException("A batch has at least one sample.", name);
        foreach (int number in numbers)
        {
            if ((uint)number >= (uint)bound || bound < 0)
                throw new ArgumentException($"{number} is outside 0…{bound - 1}.", name);
        }
    }

    public static int Measure(int bound, int count) => checked(PartWriter.NumberBytes(bound) + PartWriter.NumberBytes(count) + PackedBytes(bound, count));

    public static void Write(int bound, ReadOnlySpan<int> numbers, ref PartWriter writer)
    {
        writer.WriteNumber(bound);
        writer.WriteNumber(numbers.Length);
        Pack(bound, numbers, ref writer);
    }

    /// <summary>Reads what <see cref="Write"/> wrote, up to <paramref name="most"/> numbers.</summary>
    public static int[] Read(ref PartReader reader, int most, out int bound)
    {
        bound = reader.ReadCount(int.MaxValue, "bound of numbers");
        int[] numbers = new int[reader.ReadCount(most, "number of numbers")];
        Unpack(bound, numbers, ref reader);
        return numbers;
    }

    /// <summary>Bytes of the packed numbers alone.</summary>
    public static int PackedBytes(int bound, int count) => checked((int)((((long)count * Bits(bound)) + 7) >> 3));

    /// <summary>Writes the packed numbers alone.</summary>
    public static void Pack(int bound, ReadOnlySpan<int> numbers, ref PartWriter writer)
    {
        int bits = Bits(bound);
        ulong pending = 0;
        int filled = 0;
        foreach (int number in numbers)
        {
            pending |= (ulong)(uint)number << filled;
            for (filled += bits; filled >= 8; filled -= 8, pending >>= 8)
                writer.WriteByte((byte)pending);
        }

        if (filled > 0)
            writer.WriteByte((byte)pending);
    }

    /// <summary>Reads packed numbers alone.</summary>
    public static void Unpack(int bound, Span<int> numbers, ref PartReader reader)
    {
        int bits = Bits(bound);
        int start = reader.Offset;
        ReadOnlySpan<byte> packed = reader.Take(PackedBytes(bound, numbers.Length));
        ulong pending = 0;
        int filled = 0;
        int next = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            for (; filled < bits; filled += 8)
                pending |= (ulong)packed[next++] << filled;
            uint number = (uint)(pending & ((1UL << bits) - 1));
            if (number >= (uint)bound)
                throw new PayloadException(PayloadError.OutOfRange, start + next - 1, $"A number is {number}; it is to be below {bound}.");
            numbers[i] = (int)number;
            pending >>= bits;
            filled -= bits;
        }

        if (pending != 0)
            throw new PayloadException(PayloadError.OutOfRange, start + next - 1, "Bits behind the last number are not zero.");
    }

    private static int Bits(int bound) => bound <= 1 ? 0 : BitOperations.Log2((uint)bound - 1) + 1;
}
