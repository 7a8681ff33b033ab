using Federated.Protocol;
using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>Refuses registrations that no node of this release sends. What a node says of its slots, speed and release, its grain judges.</summary>
internal static class RegistrationCheck
{
    /// <summary>The version of the contract that this coordinator speaks.</summary>
    public const int Protocol = ProtocolVersion.Current;

    /// <exception cref="RpcException">The registration cannot be accepted.</exception>
    public static void Require(Registration? registration)
    {
        if (registration is null)
            throw Refuse("the first message of a node must be its registration");
        if (registration.Protocol != Protocol)
        {
            throw new RpcException(new RpcStatus(
                RpcStatusCode.FailedPrecondition,
                $"the node speaks version {registration.Protocol} of the contract and this coordinator version {Protocol}: use the same release of Federated on both"));
        }

        if (!NodeName.IsValid(registration.Node))
            throw Refuse("a node's name is 1 to 63 of a-z, 0-9, '-' and '.', and begins with a letter or digit; choose one with --name");
        if (registration.Lists.Count > NodeMessageCheck.MostLists)
            throw Refuse($"the node claims {registration.Lists.Count} lists in hand; at most {NodeMessageCheck.MostLists} are ever handed out to one");
    }

    private static RpcException Refuse(string message) => new(new RpcStatus(RpcStatusCode.InvalidArgument, message));
}
