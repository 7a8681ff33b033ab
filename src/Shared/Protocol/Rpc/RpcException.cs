namespace Federated.Protocol.Rpc;

/// <summary>A call that ended with another status than <see cref="RpcStatusCode.Ok"/>. A service throws it to end its call so; a client sees it thrown by the call.</summary>
public sealed class RpcException : Exception
{
    /// <summary>An end with a status.</summary>
    public RpcException(RpcStatus status, RpcMetadata? trailers = null, Exception? inner = null)
        : base(status.ToString(), inner)
    {
        Status = status;
        Trailers = trailers ?? RpcMetadata.Empty;
    }

    /// <summary>An end with a code and a message, which crosses to the caller.</summary>
    public RpcException(RpcStatusCode code, string message, Exception? inner = null)
        : this(new RpcStatus(code, message), null, inner)
    {
    }

    /// <summary>How the call ended.</summary>
    public RpcStatus Status { get; }

    /// <summary>The code of <see cref="Status"/>.</summary>
    public RpcStatusCode Code => Status.Code;

    /// <summary>What the server sent with the status; what a service sends with it.</summary>
    public RpcMetadata Trailers { get; }
}
