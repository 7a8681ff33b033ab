namespace Federated.Protocol;

/// <summary>
/// The version of the contract in <c>protos/federated</c> that this program speaks: what a node says when it registers. Additions leave it as it is, since either side ignores what it does not know; whatever
/// changes or removes something raises it, which a test against the contract's golden file enforces.
/// </summary>
public static class ProtocolVersion
{
    /// <summary>The version.</summary>
    public const int Current = 1;
}
