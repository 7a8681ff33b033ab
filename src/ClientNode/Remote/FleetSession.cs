using System.Threading.Channels;
using Federated.Protocol.Faults;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>One stream to the coordinator, from the registration to its end: a loop that reads, one that writes and one that beats.</summary>
internal sealed class FleetSession(IFleetConnection connection, NodeOptions options, Mailbox mailbox)
{
    // More than all lists in hand ever give rise to at once: a stream that falls behind so far is dead.
    private const int MostWaiting = 256;

    private static readonly TimeSpan ShortestBeat = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestBeat = TimeSpan.FromSeconds(30);

    private readonly Channel<NodeMessage> outgoing = Channel.CreateBounded<NodeMessage>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private TimeSpan beat;

    /// <summary>Registers and waits for the welcome; returns the number that the coordinator gave the stream.</summary>
    /// <exception cref="NodeRefusedException">The coordinator does not want this node.</exception>
    public async Task<ulong> GreetAsync(Registration registration, CancellationToken cancel)
    {
        await connection.WriteAsync(new NodeMessage { Registration = registration }, cancel);
        FaultPoint.Reach(FaultPoints.NodeRegistered);
        CoordinatorMessage? first = await connection.ReadAsync(cancel);
        if (first?.Welcome is not { } welcome)
            throw new IOException(first is null ? "the coordinator ended the stream instead of a welcome" : $"the coordinator began with {first.KindCase} instead of a welcome");
        FaultPoint.Reach(FaultPoints.NodeWelcomed);
        // Twice as often as is asked for: one beat may be late.
        var half = TimeSpan.FromMilliseconds(welcome.HeartbeatMilliseconds / 2.0);
        beat = half < ShortestBeat ? ShortestBeat : half > LongestBeat ? LongestBeat : half;
        return welcome.Session;
    }

    /// <summary>Queues a message. A stream that does not take them ends.</summary>
    public void Send(NodeMessage message)
    {
        if (!outgoing.Writer.TryWrite(message))
            outgoing.Writer.TryComplete(new IOException("the coordinator does not read what it is sent"));
    }

    /// <summary>Exchanges messages until the stream ends, the coordinator says that it needs the node no more, or the node has left.</summary>
    /// <param name="receive">Handles a message, in the mailbox.</param>
    /// <param name="describe">Tells how far the lists in hand are, in the mailbox.</param>
    /// <param name="left">Completes when the node has nothing more to do or to say.</param>
    /// <param name="cancel">Ends at once.</param>
    /// <returns>Why the node is to end; null when only the stream has ended.</returns>
    public async Task<NodeEnd?> ExchangeAsync(Action<CoordinatorMessage> receive, Func<Heartbeat> describe, Task left, CancellationToken cancel)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task<NodeEnd?> reading = ReadAsync(receive, over.Token);
        Task writing = WriteAsync(over.Token);
        Task beating = BeatAsync(describe, over.Token);
        try
        {
            Task first = await Task.WhenAny(reading, writing, beating, left);
            if (first != left || reading.IsCompleted)
            {
                await first;
                return await reading;
            }

            // What was said last must arrive: the coordinator answers the end of the stream with its own.
            outgoing.Writer.TryComplete();
            using var limit = new CancellationTokenSource(options.GreetingLimit, options.Time);
            await using CancellationTokenRegistration late = limit.Token.Register(over.Cancel);
            await writing;
            await connection.CompleteAsync(over.Token);
            await reading;
            return new NodeEnd(NodeEndKind.Stopped, "the node was asked to stop");
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(reading, writing, beating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<NodeEnd?> ReadAsync(Action<CoordinatorMessage> receive, CancellationToken over)
    {
        while (await connection.ReadAsync(over) is { } message)
        {
            if (message.Shutdown is { } shutdown)
                return new NodeEnd(NodeEndKind.ShutDown, shutdown.Reason);
            await mailbox.SendAsync(() => receive(message), over);
        }

        return null;
    }

    private async Task WriteAsync(CancellationToken over)
    {
        await foreach (NodeMessage message in outgoing.Reader.ReadAllAsync(over))
        {
            await connection.WriteAsync(message, over);
            if (message.KindCase == NodeMessage.KindOneofCase.ListAnswered)
                FaultPoint.Reach(FaultPoints.NodeAnswerAnnounced);
        }
    }

    private async Task BeatAsync(Func<Heartbeat> describe, CancellationToken over)
    {
        using var timer = new PeriodicTimer(beat, options.Time);
        while (await timer.WaitForNextTickAsync(over))
        {
            await mailbox.SendAsync(
                () =>
                {
                    if (outgoing.Reader.Count == 0) // else the stream is slow, and what waits is a sign of life, too
                        Send(new NodeMessage { Heartbeat = describe() });
                },
                over);
        }
    }
}
