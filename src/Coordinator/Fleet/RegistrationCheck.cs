using Federated.Coordinator.CommandLine;
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

    private const int LongestAddress = 300; // a host's name has at most 253 characters

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
        if (registration.BodyAddress.Length > LongestAddress || (registration.BodyAddress.Length > 0 && AddressOptions.Fault(registration.BodyAddress) is not null))
            throw Refuse("where a node runs bodies must be scheme, host and port, such as http://node-1:7072; choose it with --advertise");
        if (registration.BodyOnly && registration.BodyAddress.Length == 0)
            throw Refuse("a node that takes no lists must say where it runs bodies");
    }

    private static RpcException Refuse(string message) => new(new RpcStatus(RpcStatusCode.InvalidArgument, message));
}
