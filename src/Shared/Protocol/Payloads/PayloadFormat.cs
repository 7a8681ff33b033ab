namespace Federated.Protocol.Payloads;

/// <summary>The header in front of every part.</summary>
/// <param name="Kind">What the part is.</param>
/// <param name="Codec">How its body is coded.</param>
/// <param name="Length">Bytes of its body.</param>
internal readonly record struct PartHeader(PartKind Kind, byte Codec, int Length);

/// <summary>
/// The frame: 'F', 'P', version 1, number of parts (one byte, at most 64); then for every part its kind (one byte), its codec (one byte), the length of its body (1–5 bytes) and the body.
/// All numbers of variable length are little-endian groups of 7 bits, in their shortest form; all other numbers are little-endian.
/// </summary>
internal static class PayloadFormat
{
    public const int EnvelopeBytes = 4;
    public const int MaximumParts = 64;
    private const byte Version = 1;

    public static int PartHeaderBytes(int length) => 2 + PartWriter.NumberBytes(length);

    public static void WriteEnvelope(ref PartWriter writer, int count)
    {
        writer.WriteByte((byte)'F');
        writer.WriteByte((byte)'P');
        writer.WriteByte(Version);
        writer.WriteByte((byte)count);
    }

    public static void WritePartHeader(ref PartWriter writer, PartHeader header)
    {
        writer.WriteByte((byte)header.Kind);
        writer.WriteByte(header.Codec);
        writer.WriteNumber(header.Length);
    }

    public static int ReadEnvelope(ref PartReader reader)
    {
        if (reader.Remaining < EnvelopeBytes)
            throw new PayloadException(PayloadError.Truncated, reader.Offset, $"A payload starts with {EnvelopeBytes} bytes, here are {reader.Remaining}.");
        if (reader.ReadByte() != 'F' || reader.ReadByte() != 'P')
            throw new PayloadException(PayloadError.NotAPayload, 0, "A payload starts with 'FP'; these bytes come from elsewhere.");
        byte version = reader.ReadByte();
        if (version != Version)
            throw new PayloadException(PayloadError.UnsupportedVersion, 2, $"The payload has version {version}, this program reads version {Version}; use the same release at both ends.");
        byte count = reader.ReadByte();
        if (count > MaximumParts)
            throw new PayloadException(PayloadError.OutOfRange, 3, $"The payload names {count} parts; {MaximumParts} is the most.");
        return count;
    }

    public static PartHeader ReadPartHeader(ref PartReader reader)
    {
        int start = reader.Offset;
        byte kind = reader.ReadByte();
        if (!PartKinds.IsPart(kind))
            throw new PayloadException(PayloadError.UnknownKind, start, $"Part kind {kind} is unknown.");
        byte codec = reader.ReadByte();
        int length = reader.ReadNumber(int.MaxValue, "length of a part");
        if (length > reader.Remaining)
            throw new PayloadException(PayloadError.Truncated, reader.Offset, $"The {(PartKind)kind} part names {length} bytes, {reader.Remaining} are left.");
        return new PartHeader((PartKind)kind, codec, length);
    }
}
