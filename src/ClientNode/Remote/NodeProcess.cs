using Federated.ClientNode.Splitting;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;

namespace Federated.ClientNode.Remote;

/// <summary>The inside of a node process: everything between the command line and the workers.</summary>
public static class NodeProcess
{
    // A payload that is no larger is loaded without a way through a file.
    private const int PayloadInMemory = 16 << 20;

    /// <summary>Works for a coordinator until it is told to end.</summary>
    /// <param name="options">What the node is.</param>
    /// <param name="channel">To the coordinator; stays the caller's. Its backoff should be as short as the options' own.</param>
    /// <param name="stop">Takes no more lists, gives back those that were not started, finishes the rest and leaves.</param>
    /// <param name="abort">Leaves at once.</param>
    /// <exception cref="NodeRefusedException">The coordinator does not want this node; the message says why and the way out.</exception>
    /// <exception cref="OperationCanceledException">The node was aborted.</exception>
    /// <exception cref="IOException">The spool's folder cannot be used.</exception>
    public static async Task<NodeEnd> RunAsync(NodeOptions options, RpcChannel channel, CancellationToken stop, CancellationToken abort)
    {
        var rooms = new BlobSpoolOptions { MemoryBlobBytes = PayloadInMemory, MemoryBudget = Math.Max(4L * PayloadInMemory, options.MemoryBytes / 4) };
        using BlobSpool spool = options.SpoolFolder is { } folder ? new BlobSpool(folder, rooms) : NodeSpool.OpenNumbered(NodeSpool.SharedRoot, rooms);
        // Tries in vain are few, because whoever asked waits for the coordinator to be back and then asks again.
        var client = new TransferClient(
            new HalfwayConnection(new RpcTransferConnection(channel)), spool, new TransferOptions { Tries = 3, FirstPause = options.Backoff.First, LongestPause = options.Backoff.Longest }, options.Time);
        await using SplitHostRoster? hosts = options.Body == BodyPlace.InProcess
            ? null
            : new SplitHostRoster(options.BodyChannel ?? throw new ArgumentException("Bodies elsewhere need channels to them.", nameof(options)));
        if (options.Body == BodyPlace.Coordinator)
            hosts!.Set([channel.Address.GetLeftPart(UriPartial.Authority)], options.Notice);
        options = options with { BodyHosts = hosts };
        return await new NodeAgent(options, new RpcFleetConnector(channel), new SpoolTransfer(client)).RunAsync(stop, abort);
    }
}
