namespace Federated.Protocol.Payloads;

/// <summary>The classes of a batch's samples, in their order.</summary>
public sealed record LabelsPart : Part
{
    /// <summary>Labels of a batch.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="labels">One per sample, at least one, each in 0…<paramref name="classes"/>−1.</param>
    /// <exception cref="ArgumentException">There is no label, or one is outside its range.</exception>
    public LabelsPart(int classes, params int[] labels)
    {
        PackedNumbers.Require(classes, labels, nameof(labels));
        Classes = classes;
        Labels = labels;
    }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>One label per sample.</summary>
    public int[] Labels { get; }

    /// <inheritdoc/>
    public override PartKind Kind => PartKind.Labels;
}

/// <summary>Body: the number of classes, the number of labels, ⌈log2 classes⌉ bits for each.</summary>
internal sealed class LabelsCodec : PartCodec<LabelsPart>
{
    public override PartKind Kind => PartKind.Labels;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        int[] labels = PackedNumbers.Read(ref reader, state.Context.RequireActivations(Kind, reader.Offset).Largest.Samples, out int classes);
        return new LabelsPart(classes, labels);
    }

    protected override int Measure(LabelsPart part, out byte[] stream)
    {
        stream = [];
        return PackedNumbers.Measure(part.Classes, part.Labels.Length);
    }

    protected override void Write(LabelsPart part, byte[] stream, ref PartWriter writer) => PackedNumbers.Write(part.Classes, part.Labels, ref writer);
}
