using Federated.Engine.Parameters;
using Federated.Protocol.Coding;

namespace Federated.Protocol.Payloads;

/// <summary>A complete mask; it is in force for the parts behind it.</summary>
/// <param name="Mask">The mask.</param>
public sealed record MaskPart(Mask Mask) : Part
{
    /// <inheritdoc/>
    public override PartKind Kind => PartKind.Mask;
}

/// <summary>Body: for every tensor that can be pruned the number of kept weights; then one coded stream of all sets.</summary>
internal sealed class MaskCodec : PartCodec<MaskPart>
{
    public override PartKind Kind => PartKind.Mask;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        ParameterLayout layout = state.Context.Layout;
        int[] counts = new int[layout.Tensors.Length];
        for (int i = 0; i < counts.Length; i++)
        {
            if (layout.Tensors[i].IsPrunable)
                counts[i] = reader.ReadNumber(layout.Tensors[i].Count, $"number of kept weights of {layout.Tensors[i].Name}");
        }

        int start = reader.Offset;
        var decoder = new RangeDecoder(reader.Take(reader.Remaining), start);
        var sets = new BitSet?[counts.Length];
        for (int i = 0; i < counts.Length; i++)
        {
            int length = layout.Tensors[i].Count;
            if (!layout.Tensors[i].IsPrunable || counts[i] == length)
                continue;
            ulong[] words = new ulong[BitSet.WordCount(length)];
            IndexSetCodec.Decode(ref decoder, words, length, counts[i]);
            sets[i] = BitSet.FromWords(length, words);
        }

        decoder.RequireEnd();
        state.Mask = new Mask(layout, sets);
        return new MaskPart(state.Mask);
    }

    protected override int Measure(MaskPart part, out byte[] stream)
    {
        Mask mask = part.Mask;
        int bytes = 0;
        int estimate = 0;
        for (int i = 0; i < mask.Layout.Tensors.Length; i++)
        {
            if (!mask.Layout.Tensors[i].IsPrunable)
                continue;
            bytes += PartWriter.NumberBytes(mask.CompactCount(i));
            estimate += IndexSetCodec.EstimateBytes(mask.Layout.Tensors[i].Count, mask.CompactCount(i));
        }

        var encoder = new RangeEncoder(estimate);
        for (int i = 0; i < mask.Layout.Tensors.Length; i++)
        {
            if (mask[i] is { } set)
                IndexSetCodec.Encode(ref encoder, set.Words, set.Length, set.Count);
        }

        stream = encoder.Finish();
        return bytes + stream.Length;
    }

    protected override void Write(MaskPart part, byte[] stream, ref PartWriter writer)
    {
        for (int i = 0; i < part.Mask.Layout.Tensors.Length; i++)
        {
            if (part.Mask.Layout.Tensors[i].IsPrunable)
                writer.WriteNumber(part.Mask.CompactCount(i));
        }

        writer.WriteBytes(stream);
    }
}
