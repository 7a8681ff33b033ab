namespace Federated.Protocol.Payloads;

/// <summary>
/// Memory that payloads are encoded into, one after the other: it grows to the largest and is used again. Encoding a payload of values allocates nothing then.
/// Not safe for use by several threads at once.
/// </summary>
public sealed class PayloadBuffer
{
    private readonly MeasuredPart[] measured = new MeasuredPart[PayloadFormat.MaximumParts];
    private byte[] bytes = [];
    private PartSize[] sizes = [];
    private int length;

    /// <summary>The last payload's bytes; valid until the next is encoded.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes.AsMemory(0, length);

    /// <summary>What they are for, as in <see cref="EncodedPayload.Parts"/>; valid until the next is encoded.</summary>
    public IReadOnlyList<PartSize> Parts => sizes;

    /// <summary>Encodes a payload: the same bytes as <see cref="Payload.Encode"/>.</summary>
    /// <exception cref="OverflowException">The payload would take 2 GiB or more.</exception>
    public void Encode(Payload payload)
    {
        if (sizes.Length != payload.Parts.Count + 1)
            sizes = new PartSize[payload.Parts.Count + 1];
        length = payload.Measure(measured, sizes);
        if (bytes.Length < length)
            bytes = GC.AllocateUninitializedArray<byte>(length);
        payload.Write(measured, bytes.AsSpan(0, length));
        measured.AsSpan(0, payload.Parts.Count).Clear(); // coded sets of positions are not kept alive
    }
}
