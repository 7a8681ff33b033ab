namespace Federated.Protocol.Rpc;

/// <summary>Which sides of a method are streams.</summary>
public enum RpcMethodKind
{
    /// <summary>One request, one response.</summary>
    Unary,

    /// <summary>One request, a stream of responses.</summary>
    ServerStreaming,

    /// <summary>A stream of requests, one response.</summary>
    ClientStreaming,

    /// <summary>Both are streams.</summary>
    Duplex,
}
