using Federated.Protocol.Accounting;

namespace Federated.Protocol.Payloads;

/// <summary>Tells which numbers are kinds of parts.</summary>
public static class PartKinds
{
    private const uint Last = (uint)PartKind.PrivateValues;

    /// <summary>Whether a part can have this kind: all kinds but the envelope.</summary>
    public static bool IsPart(uint kind) => kind is > (uint)PartKind.Envelope and <= Last;

    /// <summary>Whether parts of this kind hold activations, or their gradients, at a cut.</summary>
    public static bool IsActivations(PartKind kind) => kind is >= PartKind.SmashedData and <= PartKind.CutGradient;

    /// <summary>Which way a kind goes that crosses a cut of the model while a client works; null for all others.</summary>
    public static Direction? CutDirection(PartKind kind) => kind switch
    {
        PartKind.SmashedData or PartKind.TailGradient or PartKind.Labels or PartKind.SampleNumbers => Direction.Up,
        PartKind.BodyOutput or PartKind.CutGradient => Direction.Down,
        _ => null,
    };

    /// <summary>Whether parts of this kind hold values of whole tensors.</summary>
    public static bool IsTensorValues(PartKind kind) => kind is (>= PartKind.TensorValues and <= PartKind.BodyValues) or PartKind.PrivateValues;

    /// <summary>Whether parts of this kind are nobody's traffic: they go with an answer for the server's own side of a model, or to be measured.</summary>
    public static bool IsUncharged(PartKind kind) => kind is PartKind.BodyValues or PartKind.PrivateValues;
}
