namespace Federated.Methods.Splitting;

/// <summary>What one message of a split session asks of the server. The numbers are on the wire: never renumber, only append.</summary>
public enum SplitLeg : byte
{
    /// <summary>Smashed data up, the body's output down.</summary>
    Forward = 1,

    /// <summary>The gradient of the tail's input up, the gradient at the cut down.</summary>
    Backward = 2,

    /// <summary>Smashed data and labels up: the server computes the loss itself. The gradient at the cut comes down, where the method has one.</summary>
    Train = 3,

    /// <summary>The end of the session: what the server's part learnt comes back. It belongs to the server, and no byte of it is the client's.</summary>
    Complete = 4,
}
