namespace Federated.Pruning.Selection;

/// <summary>Maps a float to an unsigned integer of the same order, so that ranks are found by counting bits and never by comparing floats.</summary>
internal interface IRankKey
{
    /// <summary>The key of a value that is not NaN; a larger key is kept first. Keys stay under <see cref="uint.MaxValue"/>.</summary>
    static abstract uint Of(float value);
}

/// <summary>Orders by value: −∞ … −0 = +0 … +∞.</summary>
internal readonly struct ValueKey : IRankKey
{
    /// <inheritdoc/>
    public static uint Of(float value)
    {
        // Adding zero turns −0 into +0: the two compare equal as floats and must tie here as well.
        uint bits = BitConverter.SingleToUInt32Bits(value + 0f);
        return bits ^ ((uint)((int)bits >> 31) | 0x8000_0000);
    }
}

/// <summary>Orders by absolute value: the bits without the sign are already in order.</summary>
internal readonly struct MagnitudeKey : IRankKey
{
    /// <inheritdoc/>
    public static uint Of(float value) => BitConverter.SingleToUInt32Bits(value) & 0x7FFF_FFFF;
}
