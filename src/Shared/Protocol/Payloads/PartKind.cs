namespace Federated.Protocol.Payloads;

/// <summary>What a part of a payload is. The numbers are on the wire and in ledgers: never renumber, only append.</summary>
public enum PartKind : byte
{
    /// <summary>Not a part: the payload's own header, for which the ledger has a line of its own.</summary>
    Envelope = 0,

    /// <summary>Named integers and reals.</summary>
    Scalars = 1,

    /// <summary>The whole parameter vector.</summary>
    DenseValues = 2,

    /// <summary>A mask, complete.</summary>
    Mask = 3,

    /// <summary>A mask as the difference from one that the receiver holds.</summary>
    MaskChange = 4,

    /// <summary>The compact vector of a mask that the receiver holds.</summary>
    SparseValues = 5,

    /// <summary>Positions in one tensor, and the values there.</summary>
    IndexedValues = 6,

    /// <summary>Running means and variances of all BN layers.</summary>
    NormStatistics = 7,

    /// <summary>The largest gradients of pruned weights, per tensor.</summary>
    TopGradients = 8,

    /// <summary>The digest of something that the receiver holds, in place of it.</summary>
    Reference = 9,

    /// <summary>Values of some whole tensors: those that train.</summary>
    TensorValues = 10,

    /// <summary>Values of the tensors on the client's side that cross to a client once: no client trains them, or each trains its own from there.</summary>
    FrozenValues = 11,

    /// <summary>Values of the server's side of a model that is cut; they go from the server to where its side runs.</summary>
    BodyValues = 12,

    /// <summary>What the client's head makes of a batch, up: activations at the cut between head and body.</summary>
    SmashedData = 13,

    /// <summary>What the body makes of it, down: activations at the cut between body and tail.</summary>
    BodyOutput = 14,

    /// <summary>The gradient of the loss at the cut between body and tail, up.</summary>
    TailGradient = 15,

    /// <summary>The gradient of the loss at the cut between head and body, down.</summary>
    CutGradient = 16,

    /// <summary>The classes of a batch's samples, up, in methods whose loss is the server's.</summary>
    Labels = 17,

    /// <summary>Which of its own samples a client's batch holds.</summary>
    SampleNumbers = 18,

    /// <summary>Values that a client trained and keeps to itself. They cross on no real network: a simulated client's answer has them so that the mean over clients can be measured, and they are nobody's traffic.</summary>
    PrivateValues = 19,
}
