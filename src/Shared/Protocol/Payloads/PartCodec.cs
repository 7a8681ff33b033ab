using Federated.Engine.Parameters;

namespace Federated.Protocol.Payloads;

/// <summary>What decoding has learnt so far: the context, and the mask in force.</summary>
internal sealed class DecodingState(PayloadContext context)
{
    public PayloadContext Context { get; } = context;

    /// <summary>The mask that values refer to: the last one in the payload, else the context's.</summary>
    public Mask? Mask { get; set; } = context.Mask;

    public Mask RequireMask(string digest, int offset)
    {
        Mask mask = Context.FindMask(digest) ?? throw new PayloadException(PayloadError.UnknownMask, offset, $"The mask {digest} is not held here; send it whole.");
        if (mask.Layout.Count != Context.Layout.Count || mask.Layout.Tensors.Length != Context.Layout.Tensors.Length)
            throw new PayloadException(PayloadError.UnknownMask, offset, $"The mask {digest} that is held here belongs to another model.");
        return mask;
    }
}

/// <summary>A part before it is written: its coded sets of positions, if any, and the length of its body.</summary>
internal readonly record struct MeasuredPart(byte[] Stream, int Length);

/// <summary>
/// How one kind of part is written and read. Writing has two steps, so that the payload's buffer has its exact length at once:
/// <see cref="Measure"/> codes what has no length of its own (sets of positions) and counts the rest, <see cref="Write"/> puts down as many bytes as were measured.
/// </summary>
internal abstract class PartCodec
{
    /// <summary>The kind that this codec is for.</summary>
    public abstract PartKind Kind { get; }

    /// <summary>The codec's number within its kind; 0 unless a kind has several.</summary>
    public virtual byte Number => 0;

    /// <summary>Length of the body, and the coded sets of positions in it, if any.</summary>
    public abstract int Measure(Part part, out byte[] stream);

    /// <summary>Writes the body.</summary>
    public abstract void Write(Part part, byte[] stream, ref PartWriter writer);

    /// <summary>Reads the body; what is left in <paramref name="reader"/> afterwards is an error of the caller's to raise.</summary>
    public abstract Part Read(ref PartReader reader, DecodingState state);
}

/// <summary>A codec of parts of one type.</summary>
internal abstract class PartCodec<TPart> : PartCodec
    where TPart : Part
{
    public sealed override int Measure(Part part, out byte[] stream) => Measure((TPart)part, out stream);

    public sealed override void Write(Part part, byte[] stream, ref PartWriter writer) => Write((TPart)part, stream, ref writer);

    protected abstract int Measure(TPart part, out byte[] stream);

    protected abstract void Write(TPart part, byte[] stream, ref PartWriter writer);
}
