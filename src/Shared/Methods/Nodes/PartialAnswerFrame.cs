using System.Buffers;
using Federated.Methods.Federation;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.Methods.Nodes;

/// <summary>
/// Takes the sum out of an encoded <see cref="PartialAnswer"/> without a copy: it is nearly all of the message, and the parser would copy it. Reads nothing but the fields' heads: a tag (number of the
/// field · 8 + wire type), and for wire type 2 a length.
/// </summary>
internal static class PartialAnswerFrame
{
    private const int LongestVarint = 10;

    /// <summary>The message without its sum, and the sum where it stands; an empty one when there is none.</summary>
    /// <exception cref="AnswerRefusedException">The bytes are no message.</exception>
    public static (PartialAnswer Message, ReadOnlyMemory<byte> Sum) Split(ReadOnlyMemory<byte> bytes)
    {
        var rest = new ArrayBufferWriter<byte>();
        ReadOnlyMemory<byte> sum = default;
        ReadOnlySpan<byte> span = bytes.Span;
        for (int position = 0; position < span.Length;)
        {
            int start = position;
            ulong tag = ReadVarint(span, ref position);
            ulong length = (tag & 7) switch
            {
                (ulong)WireFormat.WireType.Varint => SkipVarint(span, ref position),
                (ulong)WireFormat.WireType.Fixed64 => sizeof(ulong),
                (ulong)WireFormat.WireType.LengthDelimited => ReadVarint(span, ref position),
                (ulong)WireFormat.WireType.Fixed32 => sizeof(uint),
                _ => throw Malformed($"a field of wire type {tag & 7} at byte {start}"),
            };
            if (length > (ulong)(span.Length - position))
                throw Malformed($"a field of {length} bytes at byte {start}, where {span.Length - position} are left");
            int end = position + (int)length;
            if (tag == WireFormat.MakeTag(PartialAnswer.SumFieldNumber, WireFormat.WireType.LengthDelimited))
                sum = sum.IsEmpty ? bytes[position..end] : throw Malformed("two sums");
            else
                rest.Write(span[start..end]);
            position = end;
        }

        try
        {
            return (PartialAnswer.Parser.WithDiscardUnknownFields(true).ParseFrom(rest.WrittenSpan), sum);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new AnswerRefusedException(RefusalReason.Malformed, $"The upload is no combined answer. {e.Message}", e);
        }
    }

    private static ulong SkipVarint(ReadOnlySpan<byte> bytes, ref int position)
    {
        ReadVarint(bytes, ref position);
        return 0;
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int position)
    {
        ulong value = 0;
        for (int i = 0; i < LongestVarint && position < bytes.Length; i++)
        {
            byte group = bytes[position++];
            value |= (ulong)(group & 0x7F) << (7 * i);
            if (group < 0x80)
                return value;
        }

        throw Malformed($"no number at byte {position}");
    }

    private static AnswerRefusedException Malformed(string found) => new(RefusalReason.Malformed, $"The upload is no combined answer: it has {found}.");
}
