namespace Federated.Protocol.Accounting;

/// <summary>Which way a payload crosses.</summary>
public enum Direction
{
    /// <summary>From the server to a client.</summary>
    Down,

    /// <summary>From a client to the server.</summary>
    Up,
}
