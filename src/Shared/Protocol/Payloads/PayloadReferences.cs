namespace Federated.Protocol.Payloads;

/// <summary>What a payload refers to by digest: what a receiver must hold before it can decode it.</summary>
public static class PayloadReferences
{
    /// <summary>
    /// The digests of all references and of the masks that changes start from, each once, in the order in which they first appear. Reads the frame and the digests only; a mask that an earlier part of the
    /// same payload brings along is named too.
    /// </summary>
    /// <param name="payload">All bytes of a payload and no more.</param>
    /// <exception cref="PayloadException">The bytes are not a sequence of parts.</exception>
    public static IReadOnlyList<string> Of(ReadOnlySpan<byte> payload)
    {
        var reader = new PartReader(payload, 0);
        int count = PayloadFormat.ReadEnvelope(ref reader);
        var digests = new List<string>();
        for (int i = 0; i < count; i++)
        {
            PartHeader header = PayloadFormat.ReadPartHeader(ref reader);
            int start = reader.Offset;
            var body = new PartReader(reader.Take(header.Length), start);
            if (header.Kind == PartKind.Reference)
                body.ReadByte(); // the kind of what is referred to
            if (header.Kind is not (PartKind.Reference or PartKind.MaskChange))
                continue;
            string digest = body.ReadDigest();
            if (!digests.Contains(digest, StringComparer.Ordinal))
                digests.Add(digest);
        }

        reader.RequireEnd("payload");
        return digests;
    }
}
