using Federated.Protocol.Payloads;

namespace Federated.Methods.Nodes;

/// <summary>How something that clients keep crosses to a node that has lost it: as a payload of its own.</summary>
public static class KeptPartPayload
{
    /// <summary>A mask alone, values of a mask behind that mask, dense values and values of tensors alone.</summary>
    /// <exception cref="ArgumentException">The part is not one that clients can keep.</exception>
    public static Payload Of(Part part) => part switch
    {
        MaskPart => new Payload(part),
        MaskChangePart change => new Payload(new MaskPart(change.To)),
        SparseValuesPart values => new Payload(new MaskPart(values.Mask), values),
        DenseValuesPart or TensorValuesPart => new Payload(part),
        _ => throw new ArgumentException($"Clients keep no {part.Kind}.", nameof(part)),
    };
}
