namespace Federated.Protocol.Rpc;

/// <summary>How a call's messages are compressed.</summary>
public enum RpcCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip, each message on its own.</summary>
    Gzip,
}
