namespace Federated.Protocol.Payloads;

/// <summary>
/// What crosses between server and client: an ordered list of typed parts. In one process and over the network the same bytes are encoded and decoded.
/// </summary>
public sealed class Payload
{
    // By the number of the kind, then by that of the codec.
    private static readonly PartCodec[][] Codecs =
    [
        [],
        [new ScalarsCodec()],
        [new DenseValuesCodec()],
        [new MaskCodec()],
        [new MaskChangeCodec()],
        [new SparseValuesCodec()],
        [new IndexedValuesCodec()],
        [new NormStatisticsCodec()],
        [new TopGradientsCodec()],
        [new ReferenceCodec()],
        [new TensorValuesCodec(PartKind.TensorValues)],
        [new TensorValuesCodec(PartKind.FrozenValues)],
        [new TensorValuesCodec(PartKind.BodyValues)],
        ActivationCodecs(PartKind.SmashedData),
        ActivationCodecs(PartKind.BodyOutput),
        ActivationCodecs(PartKind.TailGradient),
        ActivationCodecs(PartKind.CutGradient),
        [new LabelsCodec()],
        [new SampleNumbersCodec()],
        [new TensorValuesCodec(PartKind.PrivateValues)],
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

    /// <summary>Decodes a payload; the parts own their arrays, unless the context lends them some.</summary>
    /// <param name="bytes">All bytes of the payload and no more.</param>
    /// <param name="context">What this end knows; it decides all lengths.</param>
    /// <exception cref="PayloadException">The bytes are not a payload of this context.</exception>
    public static Payload Decode(ReadOnlyMemory<byte> bytes, PayloadContext context)
    {
        context.Vectors?.Reset();
        var reader = new PartReader(bytes.Span, 0);
        int count = PayloadFormat.ReadEnvelope(ref reader);
        var state = new DecodingState(context);
        var parts = new Part[count];
        for (int i = 0; i < count; i++)
        {
            int start = reader.Offset;
            PartHeader header = PayloadFormat.ReadPartHeader(ref reader);
            PartCodec[] codecs = Codecs[(int)header.Kind];
            if (header.Codec >= codecs.Length)
                throw new PayloadException(PayloadError.UnknownCodec, start + 1, $"Codec {header.Codec} of {header.Kind} is unknown.");
            int bodyStart = reader.Offset;
            var body = new PartReader(reader.Take(header.Length), bodyStart);
            parts[i] = codecs[header.Codec].Read(ref body, state);
            body.RequireEnd(header.Kind);
        }

        reader.RequireEnd("payload");
        return new Payload(parts);
    }

    /// <summary>The bytes that cross, and what each of them is for.</summary>
    /// <exception cref="OverflowException">The payload would take 2 GiB or more.</exception>
    public EncodedPayload Encode()
    {
        var measured = new MeasuredPart[Parts.Count];
        var sizes = new PartSize[Parts.Count + 1];
        byte[] bytes = GC.AllocateUninitializedArray<byte>(Measure(measured, sizes));
        Write(measured, bytes);
        return new EncodedPayload(bytes, sizes);
    }

    /// <summary>Bytes of a payload's own header.</summary>
    public static int EnvelopeBytes => PayloadFormat.EnvelopeBytes;

    /// <summary>What each part would take, the envelope first, without the bytes.</summary>
    /// <exception cref="OverflowException">The payload would take 2 GiB or more.</exception>
    public IReadOnlyList<PartSize> Sizes()
    {
        var sizes = new PartSize[Parts.Count + 1];
        Measure(new MeasuredPart[Parts.Count], sizes);
        return sizes;
    }

    /// <summary>Codes what has no length of its own, and tells how many bytes every part takes (in <paramref name="sizes"/> the envelope first) and all together.</summary>
    internal int Measure(Span<MeasuredPart> measured, Span<PartSize> sizes)
    {
        sizes[0] = new PartSize(PartKind.Envelope, PayloadFormat.EnvelopeBytes);
        int total = PayloadFormat.EnvelopeBytes;
        for (int i = 0; i < Parts.Count; i++)
        {
            Part part = Parts[i];
            int length = CodecOf(part).Measure(part, out byte[] stream);
            measured[i] = new MeasuredPart(stream, length);
            int size = checked(PayloadFormat.PartHeaderBytes(length) + length);
            sizes[i + 1] = new PartSize(part.Kind, size);
            total = checked(total + size);
        }

        return total;
    }

    /// <summary>Writes what <see cref="Measure"/> has measured.</summary>
    internal void Write(ReadOnlySpan<MeasuredPart> measured, Span<byte> bytes)
    {
        var writer = new PartWriter(bytes);
        PayloadFormat.WriteEnvelope(ref writer, Parts.Count);
        for (int i = 0; i < Parts.Count; i++)
        {
            PartCodec codec = CodecOf(Parts[i]);
            PayloadFormat.WritePartHeader(ref writer, new PartHeader(codec.Kind, codec.Number, measured[i].Length));
            int end = writer.Position + measured[i].Length;
            codec.Write(Parts[i], measured[i].Stream, ref writer);
            if (writer.Position != end)
                throw new InvalidOperationException($"{codec.Kind} ends at byte {writer.Position} where {end} was measured; an array changed while it was encoded.");
        }
    }

    /// <summary>The first part of this type, or null.</summary>
    public TPart? Find<TPart>()
        where TPart : Part
    {
        for (int i = 0; i < Parts.Count; i++)
        {
            if (Parts[i] is TPart found)
                return found;
        }

        return null;
    }

    /// <summary>The first part of this type.</summary>
    /// <exception cref="InvalidOperationException">The payload has none.</exception>
    public TPart Get<TPart>()
        where TPart : Part =>
        Find<TPart>() ?? throw new InvalidOperationException($"The payload has no {typeof(TPart).Name}; it has {Parts.Count} parts: {string.Join(", ", Parts.Select(static p => p.Kind))}.");

    private static PartCodec CodecOf(Part part) => Codecs[(int)part.Kind][part.Codec];

    private static PartCodec[] ActivationCodecs(PartKind kind) =>
        [new DenseActivationsCodec(kind), new QuantizedActivationsCodec(kind, 8), new QuantizedActivationsCodec(kind, 4), new SparseActivationsCodec(kind), new MaskedActivationsCodec(kind)];
}
