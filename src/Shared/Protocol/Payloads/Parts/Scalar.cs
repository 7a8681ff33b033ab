namespace Federated.Protocol.Payloads;

/// <summary>One number with a name: a small key that sender and receiver agree on, for instance the count of samples or the loss.</summary>
public readonly record struct Scalar
{
    private readonly ulong bits;

    private Scalar(int key, bool isInteger, ulong bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(key);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key, MaximumKey);
        Key = (byte)key;
        IsInteger = isInteger;
        this.bits = bits;
    }

    /// <summary>The largest key.</summary>
    public const int MaximumKey = 127;

    /// <summary>The name, 0…127.</summary>
    public byte Key { get; }

    /// <summary>Whether the number is a 64-bit integer; otherwise it is a double.</summary>
    public bool IsInteger { get; }

    /// <summary>The number as an integer.</summary>
    /// <exception cref="InvalidOperationException">It is a real.</exception>
    public long Integer => IsInteger ? (long)bits : throw new InvalidOperationException($"Scalar {Key} is a real.");

    /// <summary>The number as a double; an integer is converted.</summary>
    public double Real => IsInteger ? (long)bits : BitConverter.UInt64BitsToDouble(bits);

    /// <summary>The 64 bits of either.</summary>
    internal ulong Bits => bits;

    /// <summary>An integer; small magnitudes take few bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The key is outside 0…127.</exception>
    public static Scalar Of(int key, long value) => new(key, true, (ulong)value);

    /// <summary>A real, 8 bytes; NaN and infinities keep their bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The key is outside 0…127.</exception>
    public static Scalar Of(int key, double value) => new(key, false, BitConverter.DoubleToUInt64Bits(value));
}
