namespace Federated.Protocol.Payloads;

/// <summary>
/// What crosses between server and client: an ordered list of typed parts. In one process and over the network the same bytes are encoded and decoded.
/// </summary>
public sealed class Payload
{
    // By the number of the kind.
    private static readonly PartCodec?[] Codecs =
    [
        null,
        new ScalarsCodec(),
        new DenseValuesCodec(),
        new MaskCodec(),
        new MaskChangeCodec(),
        new SparseValuesCodec(),
        new IndexedValuesCodec(),
        new NormStatisticsCodec(),
        new TopGradientsCodec(),
        new ReferenceCodec(),
    ];

    /// <summary>A payload of these parts, in this order.</summary>
    /// <exception cref="ArgumentException">There are more than 64 parts.</exception>
    public Payload(params IReadOnlyList<Part> parts)
    {
        if (parts.Count > PayloadFormat.MaximumParts)
            throw new ArgumentException($"A payload has at most {PayloadFormat.MaximumParts} parts, not {parts.Count}.", nameof(parts));
        Parts = parts;
    }

    /// <summary>The parts.</summary>
    public IReadOnlyList<Part> Parts { get; }

    /// <summary>Decodes a payload; the parts own their arrays.</summary>
    /// <param name="bytes">All bytes of the payload and no more.</param>
    /// <param name="context">What this end knows; it decides all lengths.</param>
    /// <exception cref="PayloadException">The bytes are not a payload of this context.</exception>
    public static Payload Decode(ReadOnlyMemory<byte> bytes, PayloadContext context)
    {
        var reader = new PartReader(bytes.Span, 0);
        int count = PayloadFormat.ReadEnvelope(ref reader);
        var state = new DecodingState(context);
        var parts = new Part[count];
        for (int i = 0; i < count; i++)
        {
            int start = reader.Offset;
            PartHeader header = PayloadFormat.ReadPartHeader(ref reader);
            PartCodec codec = Codecs[(int)header.Kind]!;
            if (header.Codec != codec.Number)
                throw new PayloadException(PayloadError.UnknownCodec, start + 1, $"Codec {header.Codec} of {header.Kind} is unknown.");
            int bodyStart = reader.Offset;
            var body = new PartReader(reader.Take(header.Length), bodyStart);
            parts[i] = codec.Read(ref body, state);
            body.RequireEnd($"{header.Kind} part");
        }

        reader.RequireEnd("payload");
        return new Payload(parts);
    }

    /// <summary>The bytes that cross, and what each of them is for.</summary>
    /// <exception cref="OverflowException">The payload would take 2 GiB or more.</exception>
    public EncodedPayload Encode()
    {
        int count = Parts.Count;
        var streams = new byte[count][];
        int[] lengths = new int[count];
        var sizes = new PartSize[count + 1];
        sizes[0] = new PartSize(PartKind.Envelope, PayloadFormat.EnvelopeBytes);
        int total = PayloadFormat.EnvelopeBytes;
        for (int i = 0; i < count; i++)
        {
            Part part = Parts[i];
            lengths[i] = Codecs[(int)part.Kind]!.Measure(part, out streams[i]);
            sizes[i + 1] = new PartSize(part.Kind, checked(PayloadFormat.PartHeaderBytes(lengths[i]) + lengths[i]));
            total = checked(total + sizes[i + 1].Bytes);
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(total);
        var writer = new PartWriter(bytes);
        PayloadFormat.WriteEnvelope(ref writer, count);
        for (int i = 0; i < count; i++)
        {
            PartCodec codec = Codecs[(int)Parts[i].Kind]!;
            PayloadFormat.WritePartHeader(ref writer, new PartHeader(codec.Kind, codec.Number, lengths[i]));
            codec.Write(Parts[i], streams[i], ref writer);
        }

        if (writer.Position != total)
            throw new InvalidOperationException($"{writer.Position} bytes were written where {total} were measured; an array changed while it was encoded.");
        return new EncodedPayload(bytes, sizes);
    }

    /// <summary>The first part of this type, or null.</summary>
    public TPart? Find<TPart>()
        where TPart : Part
    {
        foreach (Part part in Parts)
        {
            if (part is TPart found)
                return found;
        }

        return null;
    }

    /// <summary>The first part of this type.</summary>
    /// <exception cref="InvalidOperationException">The payload has none.</exception>
    public TPart Get<TPart>()
        where TPart : Part =>
        Find<TPart>() ?? throw new InvalidOperationException($"The payload has no {typeof(TPart).Name}; it has {Parts.Count} parts: {string.Join(", ", Parts.Select(static p => p.Kind))}.");
}
