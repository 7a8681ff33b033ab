namespace Federated.Protocol.Transfer;

/// <summary>What went wrong with a blob on its way.</summary>
public enum TransferError
{
    /// <summary>A name that cannot be: a digest that is not 32 bytes, a run without a name, a length that no blob has.</summary>
    BadName,

    /// <summary>There is no such blob, or it is not wanted any more.</summary>
    NotFound,

    /// <summary>More bytes are announced than are allowed.</summary>
    OverLimit,

    /// <summary>The spool has no room for it now.</summary>
    OverBudget,

    /// <summary>The disk does not take it.</summary>
    Storage,

    /// <summary>A chunk's checksum differs from the one that came with it.</summary>
    WrongChecksum,

    /// <summary>A chunk begins elsewhere than where the one before it ended.</summary>
    WrongOffset,

    /// <summary>A chunk of no bytes, or of more than <see cref="TransferLimits.MaximumChunkBytes"/>.</summary>
    WrongChunkLength,

    /// <summary>A chunk names another length of the whole than was announced.</summary>
    WrongTotal,

    /// <summary>More bytes arrive than were announced.</summary>
    TooLong,

    /// <summary>All bytes are here, and they are not those that were announced.</summary>
    WrongDigest,

    /// <summary>A message that has no place at this point of the stream.</summary>
    WrongOrder,

    /// <summary>Nothing came, or nothing was taken, for too long.</summary>
    Silent,

    /// <summary>The same upload goes on in another stream.</summary>
    TakenOver,

    /// <summary>The other side does not allow it.</summary>
    Refused,

    /// <summary>The other side could not be reached, or the connection broke every time.</summary>
    Unreachable,
}
