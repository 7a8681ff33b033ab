using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using Federated.ClientNode.Remote;
using Federated.Methods.Nodes;
using Federated.Protocol.V1;
using Federated.TestKit;

namespace Federated.ClientNode.Tests.Remote;

/// <summary>A node over streams and transfers in memory, in time that jumps whenever the node waits for its next attempt.</summary>
internal sealed class NodeHarness : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource abort = new();

    public NodeHarness(MemoryStreams? streams = null, MemoryTransfer? transfer = null, int slots = 2, IDataSource? data = null)
    {
        Streams = streams ?? new MemoryStreams();
        Transfer = transfer ?? new MemoryTransfer();
        Transfer.Put(SmallExperiment.Payload);
        var options = new NodeOptions
        {
            Name = "n1",
            Slots = slots,
            Data = data ?? new SmallExperiment(),
            MemoryBytes = 1 << 30,
            OperationsPerSecond = 1e9,
            Release = "test",
            Time = Time,
            GreetingLimit = TimeSpan.FromDays(1),
            Notice = text =>
            {
                Notices.Enqueue(text);
                if (text.Contains("again", StringComparison.Ordinal))
                    Time.Advance(TimeSpan.FromSeconds(10)); // the wait has begun when it is announced
            },
            Joined = isJoined => Joins.Writer.TryWrite(isJoined),
        };
        Running = new NodeAgent(options, Streams, Transfer, Held.Around).RunAsync(stop.Token, abort.Token);
    }

    public MemoryStreams Streams { get; }

    public MemoryTransfer Transfer { get; }

    public ManualTimeProvider Time { get; } = new();

    public HeldLists Held { get; } = new();

    public ConcurrentQueue<string> Notices { get; } = [];

    public Channel<bool> Joins { get; } = Channel.CreateUnbounded<bool>();

    /// <summary>The node, to its end.</summary>
    public Task<NodeEnd> Running { get; }

    /// <summary>What a list's combined answer must be: its clients in this process, one after the other.</summary>
    public static async Task<byte[]> ExpectedAsync(WorkList list, byte[] payload)
    {
        using var pool = new WorkerPool(SmallExperiment.Context, 1);
        var node = new LocalNode(SmallExperiment.Context, pool, new ManualTimeProvider());
        int[] clients = [.. list.Groups.SelectMany(static group => group.Clients).Select(static client => (int)client)];
        var work = new NodeWork((int)list.Round, list.Task, [.. clients.Select(client => new ClientWork(client, payload, 0))]);
        var fold = ClientTaskCatalog.Find(list.Task).CreateFold(SmallExperiment.Context, node.Decode(payload), (int)list.Round);
        var observer = new FoldingObserver(SmallExperiment.Context.Plan, list.Task, fold, clients.Select(static client => SmallExperiment.Context.Clients[client]));
        await node.RunAsync(work, observer, CancellationToken.None).WaitAsync(Limit);
        return PartialAnswers.Encode(new ListIdentity(list.Run, list.List, (int)list.Round, list.Task), fold.Mask, observer.Complete());
    }

    /// <summary>Accepts the next stream and greets the node.</summary>
    public async Task<(MemoryStreamEnd Stream, Registration Registration)> GreetAsync(uint heartbeatMilliseconds = 60_000)
    {
        MemoryStreamEnd stream = await Streams.AcceptAsync(Limit);
        return (stream, await stream.GreetAsync(Limit, heartbeatMilliseconds));
    }

    /// <summary>Accepts the next stream and has the experiment built.</summary>
    public async Task<MemoryStreamEnd> PrepareAsync()
    {
        (MemoryStreamEnd stream, _) = await GreetAsync();
        stream.Say(new CoordinatorMessage { Prepare = SmallExperiment.Prepare });
        NodeMessage? ready = await stream.ReadAsync(Limit);
        return ready?.ExperimentReady?.Run == SmallExperiment.Run ? stream : throw new InvalidOperationException($"not ready: {ready}; {this}");
    }

    /// <summary>The upload that an announcement names.</summary>
    public byte[] UploadOf(ListAnswered answered) => Transfer.Uploads[(answered.List, Convert.ToHexStringLower(answered.AnswerSha256.Span))] is { } bytes
        && SHA256.HashData(bytes).AsSpan().SequenceEqual(answered.AnswerSha256.Span)
            ? bytes
            : throw new InvalidOperationException($"the upload of list {answered.List} is another one");

    public void Stop() => stop.Cancel();

    public void Abort() => abort.Cancel();

    public override string ToString() => $"node {Running.Status}; {Streams.Messages} messages; ran {string.Join(", ", Held.Ran)}; {string.Join(" | ", Notices)}";

    public async ValueTask DisposeAsync()
    {
        Held.Dispose();
        await abort.CancelAsync();
        await Running.ContinueWith(static _ => { }, TaskScheduler.Default).WaitAsync(Limit);
        stop.Dispose();
        abort.Dispose();
    }
}
