namespace Federated.Protocol.Rpc;

/// <summary>How a call ended: gRPC's status codes. The numbers cross the wire.</summary>
public enum RpcStatusCode
{
    /// <summary>The call succeeded.</summary>
    Ok = 0,

    /// <summary>The caller cancelled.</summary>
    Cancelled = 1,

    /// <summary>A fault without a better name, such as an unexpected exception in a service.</summary>
    Unknown = 2,

    /// <summary>The request makes no sense, whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The call took longer than the caller waits.</summary>
    DeadlineExceeded = 4,

    /// <summary>What was asked for is not there.</summary>
    NotFound = 5,

    /// <summary>What was to be made is already there.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota, a limit of size or the memory is used up.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in the state that the call needs; calling again does not help.</summary>
    FailedPrecondition = 9,

    /// <summary>The call lost against another; the caller may start again at a higher level.</summary>
    Aborted = 10,

    /// <summary>Past the end of what is there.</summary>
    OutOfRange = 11,

    /// <summary>The server has no such method.</summary>
    Unimplemented = 12,

    /// <summary>A broken invariant or a broken protocol.</summary>
    Internal = 13,

    /// <summary>The server cannot be reached now; calling again may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or damaged for good.</summary>
    DataLoss = 15,

    /// <summary>The caller has not proved who it is.</summary>
    Unauthenticated = 16,
}
