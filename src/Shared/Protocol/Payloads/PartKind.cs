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
}
