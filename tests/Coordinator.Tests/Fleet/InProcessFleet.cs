using System.Collections.Concurrent;
using Federated.ClientNode.Remote;
using Federated.ClientNode.Splitting;
using Federated.Coordinator.Fleet;
using Federated.Coordinator.Grains;
using Federated.Coordinator.Security;
using Federated.Coordinator.Split;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Protocol.Rpc;

namespace Federated.Coordinator.Tests.Fleet;

/// <summary>A coordinator and nodes in this process, over real sockets.</summary>
internal sealed class InProcessFleet : IAsyncDisposable
{
    private readonly DataSet data;
    private readonly Dictionary<int, BodyHost> hosts = [];
    private readonly List<(Task Ended, CancellationTokenSource Stop, CancellationTokenSource Abort, RpcChannel Channel)> nodes = [];

    private InProcessFleet(DataSet data) => this.data = data;

    /// <summary>The coordinator.</summary>
    public CoordinatorHost Host { get; private set; } = null!;

    /// <summary>All that coordinator and nodes had to say.</summary>
    public ConcurrentQueue<string> Said { get; } = new();

    /// <summary>Starts a coordinator.</summary>
    /// <param name="data">What coordinator and nodes find as data set.</param>
    /// <param name="folder">A scratch folder.</param>
    /// <param name="change">Changes what it is set up with.</param>
    public static async Task<InProcessFleet> StartAsync(DataSet data, string folder, Func<CoordinatorSetup, CoordinatorSetup>? change = null)
    {
        var fleet = new InProcessFleet(data);
        var setup = new CoordinatorSetup
        {
            Listen = new Uri("http://127.0.0.1:0"),
            Authenticator = Authenticator.Open,
            Storage = new MemoryGrainStorage(),
            SpoolFolder = Path.Combine(folder, "spool"),
            Workers = 1,
            Fleet = new FleetOptions { Heartbeat = TimeSpan.FromMilliseconds(200), ReconnectGrace = TimeSpan.FromSeconds(2) },
            FindData = (_, _) => Task.FromResult(data),
            Say = fleet.Said.Enqueue,
            Time = TimeProvider.System,
        };
        fleet.Host = await CoordinatorHost.StartAsync(change?.Invoke(setup) ?? setup, CancellationToken.None);
        return fleet;
    }

    /// <summary>Starts a node that runs bodies for other nodes.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="trains">Whether it trains clients, too.</param>
    public async Task AddHostAsync(string name, bool trains)
    {
        NodeBodies bodies = new(static (_, _) => { });
        BodyHost host = await BodyHost.StartAsync(new Uri("http://127.0.0.1:0"), null, bodies, new SplitHostOptions { Workspaces = 1, Notice = Said.Enqueue }, CancellationToken.None);
        hosts.Add(nodes.Count, host);
        Add(name, change: options => options with { Bodies = bodies, BodyAddress = host.Address, TrainsClients = trains, Body = BodyPlace.Nodes });
    }

    /// <summary>Starts a node.</summary>
    public void Add(string name, int slots = 1, Func<NodeOptions, NodeOptions>? change = null)
    {
        var channel = new RpcChannel(Host.Address, new RpcChannelOptions());
        var options = new NodeOptions
        {
            Name = name,
            Slots = slots,
            Data = new Source(data),
            MemoryBytes = 1L << 30,
            OperationsPerSecond = 1e9,
            Notice = sentence => Said.Enqueue($"{name}: {sentence}"),
            BodyChannel = static address => new RpcChannel(address, new RpcChannelOptions { LargestResponse = SplitHostOptions.LargestMessage }),
        };
        options = change?.Invoke(options) ?? options;
        CancellationTokenSource stop = new();
        CancellationTokenSource abort = new();
        nodes.Add((Task.Run(() => NodeProcess.RunAsync(options, channel, stop.Token, abort.Token)), stop, abort, channel));
    }

    /// <summary>Ends a node at once.</summary>
    /// <param name="place">Which one, in the order in which they were started.</param>
    public async Task AbortAsync(int place)
    {
        await nodes[place].Abort.CancelAsync();
        if (hosts.Remove(place, out BodyHost? host))
            await host.DisposeAsync();
    }

    /// <summary>Waits for it, and says what was going on when it takes too long.</summary>
    public async Task<T> WithinAsync<T>(Task<T> task, TimeSpan limit)
    {
        try
        {
            return await task.WaitAsync(limit);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"not done within {limit.TotalSeconds:0} s; said so far:\n{string.Join('\n', Said)}", late);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((Task ended, CancellationTokenSource stop, CancellationTokenSource abort, RpcChannel channel) in nodes)
        {
            await abort.CancelAsync();
            try
            {
                await ended.WaitAsync(TimeSpan.FromSeconds(60));
            }
            catch (OperationCanceledException)
            {
                // That is how an aborted node ends.
            }

            await channel.DisposeAsync();
            stop.Dispose();
            abort.Dispose();
        }

        foreach (BodyHost host in hosts.Values)
            await host.DisposeAsync();
        await Host.DisposeAsync();
    }

    private sealed class Source(DataSet data) : IDataSource
    {
        public Task<DataSet> FindAsync(ExperimentSpec experiment, CancellationToken cancel) => Task.FromResult(data);
    }
}
