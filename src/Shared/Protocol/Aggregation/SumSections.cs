using Federated.Protocol.Payloads;

namespace Federated.Protocol.Aggregation;

/// <summary>Several sums as one stretch of bytes. 'F', 'C', version 1; for each sum its tag, its length in bytes and its bytes; numbers of variable length are those of payloads.</summary>
public static class SumSections
{
    private const byte Version = 1;
    private const int HeaderBytes = 3;

    /// <summary>Most bytes that a section takes beside the sum in it.</summary>
    public const int LargestHeadBytes = 10;

    /// <summary>Puts sums behind each other.</summary>
    /// <param name="sections">Tags, which say what a sum is of, and the sums' bytes.</param>
    /// <exception cref="OverflowException">They would take 2 GiB or more.</exception>
    public static byte[] Join(IReadOnlyList<(int Tag, byte[] Bytes)> sections)
    {
        int length = HeaderBytes;
        foreach ((int tag, byte[] bytes) in sections)
            length = checked(length + PartWriter.NumberBytes(tag) + PartWriter.NumberBytes(bytes.Length) + bytes.Length);
        byte[] joined = GC.AllocateUninitializedArray<byte>(length);
        var writer = new PartWriter(joined);
        writer.WriteByte((byte)'F');
        writer.WriteByte((byte)'C');
        writer.WriteByte(Version);
        foreach ((int tag, byte[] bytes) in sections)
        {
            writer.WriteNumber(tag);
            writer.WriteNumber(bytes.Length);
            writer.WriteBytes(bytes);
        }

        return joined;
    }

    /// <summary>The bytes of each sum, without a copy.</summary>
    /// <param name="joined">All bytes and no more.</param>
    /// <param name="tags">The sums that must be there, in this order and no others.</param>
    /// <exception cref="PayloadException">Other sums are there, or the bytes are none.</exception>
    public static ReadOnlyMemory<byte>[] Split(ReadOnlyMemory<byte> joined, ReadOnlySpan<int> tags)
    {
        var reader = new PartReader(joined.Span, 0);
        if (reader.ReadByte() != 'F' || reader.ReadByte() != 'C')
            throw new PayloadException(PayloadError.NotAPayload, 0, "Combined sums start with 'FC'; these bytes come from elsewhere.");
        byte version = reader.ReadByte();
        if (version != Version)
            throw new PayloadException(PayloadError.UnsupportedVersion, 2, $"The combined sums have version {version}, this program reads version {Version}; use the same release at both ends.");
        var sections = new ReadOnlyMemory<byte>[tags.Length];
        for (int i = 0; i < tags.Length; i++)
        {
            int start = reader.Offset;
            int tag = reader.ReadNumber(int.MaxValue, "tag of a sum");
            if (tag != tags[i])
                throw new PayloadException(PayloadError.UnknownKind, start, $"A sum has tag {tag}, {tags[i]} is asked for.");
            int length = reader.ReadNumber(int.MaxValue, "length of a sum");
            int offset = reader.Offset;
            reader.Take(length);
            sections[i] = joined.Slice(offset, length);
        }

        reader.RequireEnd("combined sums");
        return sections;
    }
}
