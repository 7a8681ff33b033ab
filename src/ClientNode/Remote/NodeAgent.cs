using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Federated.ClientNode.Splitting;
using Federated.Methods.Nodes;
using Federated.Protocol;
using Federated.Protocol.Faults;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>
/// A node of a fleet: joins the coordinator, does what it is handed, and joins again whenever the stream is lost, for as long as it is not told to end. Work in hand goes on
/// meanwhile. All that it knows is changed in one mailbox, one action at a time.
/// </summary>
internal sealed class NodeAgent
{
    private readonly NodeOptions options;
    private readonly IFleetConnector connector;
    private readonly Mailbox mailbox = new();
    private readonly Outbox outbox = new();
    private readonly Link link = new();
    private readonly ExperimentShelf shelf;
    private readonly ListDesk desk;
    private readonly ulong instance;
    private int failures; // to join, in a row

    /// <summary>A node that has not joined yet.</summary>
    /// <param name="options">What it is.</param>
    /// <param name="connector">Opens streams to the coordinator.</param>
    /// <param name="transfer">What is large.</param>
    /// <param name="around">Puts something between the workers and who combines their answers, to watch or to hold up a list; null: nothing.</param>
    public NodeAgent(NodeOptions options, IFleetConnector connector, INodeTransfer transfer, Func<WorkList, INodeObserver, INodeObserver>? around = null)
    {
        instance = InstanceOf(options);
        this.options = options = options with { Instance = instance, Backoff = options.Backoff with { Key = instance } };
        this.connector = connector;
        var persistent = new PersistentTransfer(transfer, link, options);
        shelf = new ExperimentShelf(options, mailbox, persistent, outbox);
        desk = new ListDesk(options, mailbox, shelf, persistent, outbox, around);
    }

    /// <summary>Works for the coordinator until told to end.</summary>
    /// <param name="stop">Takes no more, gives back what was not started, finishes the rest, and leaves.</param>
    /// <param name="abort">Leaves at once.</param>
    /// <exception cref="NodeRefusedException">The coordinator does not want this node.</exception>
    /// <exception cref="OperationCanceledException">It was aborted.</exception>
    public async Task<NodeEnd> RunAsync(CancellationToken stop, CancellationToken abort)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(abort);
        await using CancellationTokenRegistration stopping = stop.Register(() => mailbox.Post(desk.Stop));
        Task<NodeEnd> staying = StayAsync(over.Token);
        try
        {
            await await Task.WhenAny(staying, mailbox.Running);
            return await staying;
        }
        finally
        {
            await over.CancelAsync();
            await staying.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await EndAsync();
        }
    }

    // Different after every start, also where every process has the same number, as in containers: the clock's count since the machine started and the time of day go in.
    private static ulong InstanceOf(NodeOptions options)
    {
        string text = $"{options.Name} {Environment.ProcessId} {options.Time.GetTimestamp()} {options.Time.GetUtcNow().Ticks}";
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private async Task<NodeEnd> StayAsync(CancellationToken cancel)
    {
        while (true)
        {
            string reason;
            try
            {
                if (await JoinAsync(cancel) is { } end)
                    return end;
                reason = "the coordinator ended the stream";
            }
            catch (Exception problem) when (problem is not NodeRefusedException && !cancel.IsCancellationRequested && !mailbox.Running.IsCompleted)
            {
                reason = problem is OperationCanceledException ? "no welcome in time" : problem.Message;
            }

            FaultPoint.Reach(FaultPoints.NodeDisconnected);
            TimeSpan wait = options.Backoff.After(++failures);
            Task waiting = Task.Delay(wait, options.Time, cancel);
            options.Notice?.Invoke($"Not joined with {connector.Address}: {reason}; trying again in {wait.TotalSeconds:0.0} s.");
            await Task.WhenAny(waiting, desk.Left);
            if (desk.Left.IsCompleted)
                return new NodeEnd(NodeEndKind.Stopped, "the node was asked to stop");
            await waiting;
        }
    }

    private async Task<NodeEnd?> JoinAsync(CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(options.GreetingLimit, options.Time);
        using CancellationTokenSource greeting = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token, desk.Leaving);
        await using IFleetConnection connection = await connector.ConnectAsync(greeting.Token);
        var session = new FleetSession(connection, options, mailbox);
        Registration? registration = null;
        await mailbox.SendAsync(() => registration = Describe(), greeting.Token);
        ulong number = await session.GreetAsync(registration!, greeting.Token);
        failures = 0;
        options.Notice?.Invoke($"Joined {connector.Address} as {options.Name}, stream {number}.");
        options.Joined?.Invoke(true);
        try
        {
            await mailbox.SendAsync(
                () =>
                {
                    outbox.Open(session.Send);
                    link.Up();
                    desk.Connected();
                },
                cancel);
            return await session.ExchangeAsync(Receive, Beat, desk.Left, cancel);
        }
        catch (NodeRefusedException end)
        {
            // It was welcome a moment ago: if it is not any more, the next greeting says so.
            throw new IOException(end.Message, end);
        }
        finally
        {
            options.Joined?.Invoke(false);
            await mailbox.SendAsync(
                () =>
                {
                    outbox.Close();
                    link.Down();
                },
                CancellationToken.None);
        }
    }

    private Registration Describe()
    {
        var registration = new Registration
        {
            Protocol = ProtocolVersion.Current,
            Node = options.Name,
            Instance = instance,
            Slots = (uint)options.Slots,
            MemoryBytes = (ulong)options.MemoryBytes,
            OperationsPerSecond = options.OperationsPerSecond,
            Release = options.Release,
            BodyAddress = options.BodyAddress?.GetLeftPart(UriPartial.Authority) ?? "",
            BodyOnly = !options.TrainsClients,
        };
        registration.Lists.AddRange(desk.Numbers);
        return registration;
    }

    private Heartbeat Beat()
    {
        var heartbeat = new Heartbeat();
        heartbeat.Lists.AddRange(desk.Progress);
        return heartbeat;
    }

    private void Receive(CoordinatorMessage message)
    {
        switch (message.KindCase)
        {
            case CoordinatorMessage.KindOneofCase.Prepare:
                shelf.Receive(message.Prepare);
                break;
            case CoordinatorMessage.KindOneofCase.WorkList:
                desk.Receive(message.WorkList);
                break;
            case CoordinatorMessage.KindOneofCase.Revoke:
                desk.Revoke(message.Revoke);
                break;
            case CoordinatorMessage.KindOneofCase.Accepted:
                desk.Accepted(message.Accepted);
                break;
            case CoordinatorMessage.KindOneofCase.Refused:
                desk.Refused(message.Refused);
                break;
            case CoordinatorMessage.KindOneofCase.Release:
                shelf.Release(message.Release.Run);
                break;
            case CoordinatorMessage.KindOneofCase.BodyHosts:
                if (options.Body == BodyPlace.Nodes)
                    options.BodyHosts?.Set(message.BodyHosts.Addresses, options.Notice);
                break;
            default:
                options.Notice?.Invoke($"The coordinator said something that this release does not know ({message.KindCase}).");
                break;
        }
    }

    private async Task EndAsync()
    {
        if (!mailbox.Running.IsCompleted)
        {
            Task ending = Task.CompletedTask;
            await mailbox.SendAsync(() => ending = shelf.EndAsync(), CancellationToken.None);
            await ending;
        }

        mailbox.Close();
    }
}
