using System.Numerics;
using Federated.Engine.Parameters;
using Federated.Protocol.Coding;

namespace Federated.Protocol.Payloads;

/// <summary>A mask as the difference from one that the receiver holds: which kept weights were pruned and which pruned ones have grown. The new mask is in force for the parts behind it.</summary>
public sealed record MaskChangePart : Part
{
    /// <summary>The step from <paramref name="from"/> to <paramref name="to"/>.</summary>
    /// <exception cref="ArgumentException">The masks belong to different layouts.</exception>
    public MaskChangePart(Mask from, Mask to)
    {
        if (from.Layout.Count != to.Layout.Count || from.Layout.Tensors.Length != to.Layout.Tensors.Length)
            throw new ArgumentException("The masks belong to different layouts.", nameof(to));
        From = from;
        To = to;
    }

    /// <summary>The mask that the receiver holds.</summary>
    public Mask From { get; }

    /// <summary>The new mask.</summary>
    public Mask To { get; }

    /// <inheritdoc/>
    public override PartKind Kind => PartKind.MaskChange;
}

/// <summary>
/// Body: the digest of the old mask (32 bytes); for every tensor that can be pruned the numbers of pruned and of grown weights; then one coded stream.
/// Pruned weights are coded among those that the old mask keeps and grown ones among those that it does not, so that a step costs log2 C(kept, pruned) + log2 C(absent, grown) bits.
/// </summary>
internal sealed class MaskChangeCodec : PartCodec<MaskChangePart>
{
    public override PartKind Kind => PartKind.MaskChange;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        ParameterLayout layout = state.Context.Layout;
        int digestStart = reader.Offset;
        Mask from = state.RequireMask(reader.ReadDigest(), digestStart);
        var counts = new (int Pruned, int Grown)[layout.Tensors.Length];
        for (int i = 0; i < counts.Length; i++)
        {
            if (!layout.Tensors[i].IsPrunable)
                continue;
            int kept = from.CompactCount(i);
            counts[i].Pruned = reader.ReadNumber(kept, $"number of pruned weights of {layout.Tensors[i].Name}");
            counts[i].Grown = reader.ReadNumber(layout.Tensors[i].Count - kept, $"number of grown weights of {layout.Tensors[i].Name}");
        }

        int start = reader.Offset;
        var decoder = new RangeDecoder(reader.Take(reader.Remaining), start);
        var sets = new BitSet?[counts.Length];
        for (int i = 0; i < counts.Length; i++)
            sets[i] = ReadTensor(ref decoder, from, i, counts[i]);
        decoder.RequireEnd();
        state.Mask = new Mask(layout, sets);
        return new MaskChangePart(from, state.Mask);
    }

    protected override int Measure(MaskChangePart part, out byte[] stream)
    {
        int bytes = PartWriter.DigestBytes;
        var encoder = new RangeEncoder(0);
        for (int i = 0; i < part.From.Layout.Tensors.Length; i++)
        {
            if (!part.From.Layout.Tensors[i].IsPrunable)
                continue;
            (int pruned, int grown) = Count(part, i);
            bytes += PartWriter.NumberBytes(pruned) + PartWriter.NumberBytes(grown);
            if (pruned + grown == 0)
                continue;
            int length = part.From.Layout.Tensors[i].Count;
            ulong[] ranks = new ulong[BitSet.WordCount(length)];
            ReadOnlySpan<ulong> old = KeptWords(part.From, i);
            ReadOnlySpan<ulong> now = KeptWords(part.To, i);
            Rank(old, now, length, oldBits: true, ranks);
            int kept = part.From.CompactCount(i);
            IndexSetCodec.Encode(ref encoder, ranks.AsSpan(0, BitSet.WordCount(kept)), kept, pruned);
            ranks.AsSpan().Clear();
            Rank(old, now, length, oldBits: false, ranks);
            IndexSetCodec.Encode(ref encoder, ranks.AsSpan(0, BitSet.WordCount(length - kept)), length - kept, grown);
        }

        stream = encoder.Finish();
        return bytes + stream.Length;
    }

    protected override void Write(MaskChangePart part, byte[] stream, ref PartWriter writer)
    {
        writer.WriteDigest(part.From.Digest);
        for (int i = 0; i < part.From.Layout.Tensors.Length; i++)
        {
            if (!part.From.Layout.Tensors[i].IsPrunable)
                continue;
            (int pruned, int grown) = Count(part, i);
            writer.WriteNumber(pruned);
            writer.WriteNumber(grown);
        }

        writer.WriteBytes(stream);
    }

    private static (int Pruned, int Grown) Count(MaskChangePart part, int tensor)
    {
        BitSet? old = part.From[tensor];
        BitSet? now = part.To[tensor];
        if (old is null || now is null)
        {
            // A missing set is a full one: then nothing can grow, or nothing was pruned.
            int before = part.From.CompactCount(tensor);
            int after = part.To.CompactCount(tensor);
            return old is null ? (before - after, 0) : (0, after - before);
        }

        int common = 0;
        for (int w = 0; w < old.Words.Length; w++)
            common += BitOperations.PopCount(old.Words[w] & now.Words[w]);
        return (old.Count - common, now.Count - common);
    }

    private static ReadOnlySpan<ulong> KeptWords(Mask mask, int tensor) => (mask[tensor] ?? BitSet.Full(mask.Layout.Tensors[tensor].Count)).Words;

    /// <summary>Marks, among the positions whose old bit is <paramref name="oldBits"/>, counted from 0, those whose bit has changed.</summary>
    private static void Rank(ReadOnlySpan<ulong> old, ReadOnlySpan<ulong> now, int length, bool oldBits, Span<ulong> ranks)
    {
        int rank = 0;
        for (int w = 0; w < old.Length; w++)
        {
            int bits = Math.Min(64, length - (w << 6));
            ulong universe = (oldBits ? old[w] : ~old[w]) & (ulong.MaxValue >> (64 - bits));
            ulong changed = (old[w] ^ now[w]) & universe;
            for (; changed != 0; changed &= changed - 1)
            {
                ulong below = (changed & (0 - changed)) - 1;
                int position = rank + BitOperations.PopCount(universe & below);
                ranks[position >> 6] |= 1UL << (position & 63);
            }

            rank += BitOperations.PopCount(universe);
        }
    }

    private static BitSet? ReadTensor(ref RangeDecoder decoder, Mask from, int tensor, (int Pruned, int Grown) counts)
    {
        if (counts is (0, 0))
            return from[tensor];
        int length = from.Layout.Tensors[tensor].Count;
        int kept = from.CompactCount(tensor);
        ReadOnlySpan<ulong> old = KeptWords(from, tensor);
        ulong[] words = old.ToArray();
        ulong[] ranks = new ulong[BitSet.WordCount(length)];
        IndexSetCodec.Decode(ref decoder, ranks.AsSpan(0, BitSet.WordCount(kept)), kept, counts.Pruned);
        Flip(old, length, oldBits: true, ranks, words);
        ranks.AsSpan().Clear();
        IndexSetCodec.Decode(ref decoder, ranks.AsSpan(0, BitSet.WordCount(length - kept)), length - kept, counts.Grown);
        Flip(old, length, oldBits: false, ranks, words);
        return BitSet.FromWords(length, words);
    }

    /// <summary>The inverse of <see cref="Rank"/>: flips the marked ones among the positions whose old bit is <paramref name="oldBits"/>.</summary>
    private static void Flip(ReadOnlySpan<ulong> old, int length, bool oldBits, ReadOnlySpan<ulong> ranks, Span<ulong> words)
    {
        int rank = 0;
        for (int w = 0; w < old.Length; w++)
        {
            int bits = Math.Min(64, length - (w << 6));
            ulong universe = (oldBits ? old[w] : ~old[w]) & (ulong.MaxValue >> (64 - bits));
            for (; universe != 0; universe &= universe - 1, rank++)
            {
                if ((ranks[rank >> 6] >> (rank & 63) & 1) != 0)
                    words[w] ^= universe & (0 - universe);
            }
        }
    }
}
