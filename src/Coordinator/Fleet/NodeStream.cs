using System.Threading.Channels;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>
/// One stream of a node, from its registration to its end. What is sent waits in a short queue that the stream's writer drains: a node that does not read loses the stream and not the
/// coordinator its memory.
/// </summary>
/// <param name="registration">What the node said of itself, validated.</param>
internal sealed class NodeStream(Registration registration) : IDisposable
{
    // A node has at most a few lists in hand; a queue of this length is one that nobody reads.
    private const int MostWaiting = 256;

    private readonly CancellationTokenSource ended = new();
    private readonly Channel<CoordinatorMessage> outgoing = Channel.CreateBounded<CoordinatorMessage>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private RpcStatus? reason;

    /// <summary>Number of the stream, once the node's grain has given it one: a later stream of the same node has a higher one.</summary>
    public ulong Session { get; set; }

    /// <summary>What the node said of itself.</summary>
    public Registration Registration { get; } = registration;

    /// <summary>Name of the node.</summary>
    public string Node => Registration.Node;

    /// <summary>Set when the coordinator wants the stream to end.</summary>
    public CancellationToken Ended => ended.Token;

    /// <summary>Why the coordinator ended it; null when it did not.</summary>
    public RpcStatus? Reason => reason;

    /// <summary>What is to be written to the stream.</summary>
    public ChannelReader<CoordinatorMessage> Outgoing => outgoing.Reader;

    /// <summary>Queues a message; a node that has let the queue fill up loses its stream.</summary>
    public void Send(CoordinatorMessage message)
    {
        if (!outgoing.Writer.TryWrite(message))
            End(new RpcStatus(RpcStatusCode.ResourceExhausted, $"node {Node} does not read what it is sent"));
    }

    /// <summary>Ends the stream after what is queued has been written.</summary>
    public void Complete() => outgoing.Writer.TryComplete();

    /// <summary>Ends the stream at once.</summary>
    public void End(RpcStatus why)
    {
        reason ??= why;
        outgoing.Writer.TryComplete();
        try
        {
            ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has come to its end by itself meanwhile.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ended.Dispose();
}
