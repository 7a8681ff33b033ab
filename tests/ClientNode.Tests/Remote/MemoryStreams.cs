using System.Threading.Channels;
using Federated.ClientNode.Remote;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Tests.Remote;

/// <summary>Streams between a node and a test, without sockets. A schedule may break them at any message.</summary>
internal sealed class MemoryStreams : IFleetConnector
{
    private readonly Channel<MemoryStreamEnd> joined = Channel.CreateUnbounded<MemoryStreamEnd>();
    private readonly Func<int, bool> breaksAt;
    private int messages;

    /// <param name="breaksAt">Whether the stream breaks at the n-th message of all streams in both directions, which is lost.</param>
    public MemoryStreams(Func<int, bool>? breaksAt = null) => this.breaksAt = breaksAt ?? (static _ => false);

    public string Address => "memory";

    /// <summary>Messages that were sent in both directions.</summary>
    public int Messages => Volatile.Read(ref messages);

    /// <summary>What the next attempts to connect meet.</summary>
    public Queue<Exception> Failures { get; } = [];

    /// <summary>The coordinator's end of the next stream.</summary>
    public async Task<MemoryStreamEnd> AcceptAsync(TimeSpan limit) => await joined.Reader.ReadAsync().AsTask().WaitAsync(limit);

    public Task<IFleetConnection> ConnectAsync(CancellationToken cancel)
    {
        lock (Failures)
        {
            if (Failures.TryDequeue(out Exception? failure))
                return Task.FromException<IFleetConnection>(failure);
        }

        var connection = new Connection(this);
        joined.Writer.TryWrite(new MemoryStreamEnd(connection));
        return Task.FromResult<IFleetConnection>(connection);
    }

    internal sealed class Connection(MemoryStreams streams) : IFleetConnection
    {
        private readonly CancellationTokenSource broken = new();

        public Channel<NodeMessage> ToCoordinator { get; } = Channel.CreateUnbounded<NodeMessage>();

        public Channel<CoordinatorMessage> ToNode { get; } = Channel.CreateUnbounded<CoordinatorMessage>();

        public CancellationToken Broken => broken.Token;

        public void Break() => broken.Cancel();

        public void Count()
        {
            if (streams.breaksAt(Interlocked.Increment(ref streams.messages)))
                Break();
            if (Broken.IsCancellationRequested)
                throw new IOException("the stream is broken");
        }

        public async ValueTask WriteAsync(NodeMessage message, CancellationToken cancel)
        {
            // Heartbeats come when they come: a schedule does not count them.
            if (message.KindCase != NodeMessage.KindOneofCase.Heartbeat)
                Count();
            await ToCoordinator.Writer.WriteAsync(message, cancel);
        }

        public async ValueTask<CoordinatorMessage?> ReadAsync(CancellationToken cancel)
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel, Broken);
            try
            {
                return await ToNode.Reader.WaitToReadAsync(either.Token) ? await ToNode.Reader.ReadAsync(either.Token) : null;
            }
            catch (OperationCanceledException end) when (!cancel.IsCancellationRequested)
            {
                throw new IOException("the stream is broken", end);
            }
        }

        public ValueTask CompleteAsync(CancellationToken cancel)
        {
            ToCoordinator.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            ToCoordinator.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }
    }
}
