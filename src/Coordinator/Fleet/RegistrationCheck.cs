using System.Text.RegularExpressions;
using Federated.Protocol;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>Refuses registrations that no node of this release sends.</summary>
internal static partial class RegistrationCheck
{
    /// <summary>The version of the contract that this coordinator speaks.</summary>
    public const int Protocol = ProtocolVersion.Current;

    // More slots than any machine has cores, more lists than are ever handed to one node: bounds that catch rubbish before memory is given to it.
    private const int MostSlots = 4096;
    private const int MostLists = 64;
    private const int LongestRelease = 128;

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

        if (!NodeName().IsMatch(registration.Node))
            throw Refuse("a node's name is 1 to 63 of a-z, 0-9, '-' and '.', and begins with a letter or digit; choose one with --name");
        if (registration.Slots is < 1 or > MostSlots)
            throw Refuse($"a node has 1 to {MostSlots} slots, not {registration.Slots}; choose with --slots");
        if (!(registration.OperationsPerSecond > 0) || !double.IsFinite(registration.OperationsPerSecond))
            throw Refuse("the node's measured speed is no positive number");
        if (registration.Lists.Count > MostLists)
            throw Refuse($"the node claims {registration.Lists.Count} lists in hand; at most {MostLists} are ever handed out to one");
        if (registration.Release.Length > LongestRelease)
            throw Refuse("the node's release is longer than any");
    }

    private static RpcException Refuse(string message) => new(new RpcStatus(RpcStatusCode.InvalidArgument, message));

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{0,62}$", RegexOptions.CultureInvariant)]
    private static partial Regex NodeName();
}
