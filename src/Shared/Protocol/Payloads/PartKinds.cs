namespace Federated.Protocol.Payloads;

/// <summary>Tells which numbers are kinds of parts.</summary>
public static class PartKinds
{
    private const uint Last = (uint)PartKind.SampleNumbers;

    /// <summary>Whether a part can have this kind: all kinds but the envelope.</summary>
    public static bool IsPart(uint kind) => kind is > (uint)PartKind.Envelope and <= Last;

    /// <summary>Whether parts of this kind hold activations, or their gradients, at a cut.</summary>
    public static bool IsActivations(PartKind kind) => kind is >= PartKind.SmashedData and <= PartKind.CutGradient;

    /// <summary>Whether parts of this kind hold values of whole tensors.</summary>
    public static bool IsTensorValues(PartKind kind) => kind is >= PartKind.TensorValues and <= PartKind.BodyValues;
}
