using Federated.Protocol.Rpc;

namespace Federated.Coordinator.CommandLine;

/// <summary>Opens the channel that a command's options describe.</summary>
internal static class CoordinatorChannel
{
    // Who waits for a coordinator to come back is a person or a node: a few attempts a second cost nothing.
    private static readonly RpcBackoff Patient = new() { First = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromSeconds(2) };

    /// <summary>A channel; nothing is sent yet.</summary>
    /// <param name="access">How to reach the coordinator.</param>
    /// <param name="backoff">Pauses between attempts to connect; null: the usual ones.</param>
    public static RpcChannel Open(CoordinatorAccess access, RpcBackoff? backoff = null) => new(access.Address, new RpcChannelOptions { Backoff = backoff ?? Patient });
}
