using Federated.Protocol.Rpc;

namespace Federated.Coordinator.CommandLine;

/// <summary>Opens the channel that a command's options describe.</summary>
internal static class CoordinatorChannel
{
    /// <summary>A channel; nothing is sent yet.</summary>
    public static RpcChannel Open(CoordinatorAccess access) => new(access.Address);
}
