using Federated.Protocol.Rpc;

namespace Federated.Coordinator.Security;

/// <summary>Finds out who calls, and whether they may.</summary>
internal sealed class Authenticator
{
    private Authenticator()
    {
    }

    /// <summary>Lets everybody do everything: for loopback without certificates and tokens.</summary>
    public static Authenticator Open { get; } = new();

    /// <summary>Who calls.</summary>
    /// <exception cref="RpcException">They have not said who they are, or may not do this.</exception>
    public Identity Require(ServerCall call, Role role) => Identity.Anyone;
}
