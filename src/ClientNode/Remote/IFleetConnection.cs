using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>
/// A stream of control messages to the coordinator. One reader and one writer at a time; any exception but <see cref="NodeRefusedException"/> means that the stream is lost.
/// </summary>
internal interface IFleetConnection : IAsyncDisposable
{
    /// <summary>Sends a message.</summary>
    ValueTask WriteAsync(NodeMessage message, CancellationToken cancel);

    /// <summary>The coordinator's next message; null when it has ended the stream.</summary>
    /// <exception cref="NodeRefusedException">The coordinator does not want this node.</exception>
    ValueTask<CoordinatorMessage?> ReadAsync(CancellationToken cancel);

    /// <summary>Says that the node has nothing more to say; what was written arrives.</summary>
    ValueTask CompleteAsync(CancellationToken cancel);
}
