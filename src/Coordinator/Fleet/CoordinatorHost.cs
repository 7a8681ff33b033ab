using Federated.ClientNode.Splitting;
using Federated.Coordinator.Grains;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Split;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using static Federated.Protocol.Rpc.Health.V1.HealthCheckResponse.Types;

namespace Federated.Coordinator.Fleet;

/// <summary>A coordinator that serves: puts its parts together, listens, and takes them apart again.</summary>
internal sealed class CoordinatorHost : IAsyncDisposable
{
    // A control message is small; what is large crosses in chunks of 1 MiB with a little around them.
    private const int LargestControlMessage = 1 << 20;
    private const int LargestChunkMessage = (1 << 20) + (16 << 10);
    private const int LargestExperiment = 2 << 20;

    private readonly WebApplication application;
    private readonly CancellationTokenSource stopping = new();
    private readonly BlobSpool spool;
    private readonly FleetMetrics metrics = new();
    private readonly FleetNotices notices;
    private readonly FleetClock clock;
    private readonly FleetDispatcher dispatcher;
    private readonly UploadInbox inbox;
    private readonly PayloadShelf shelf;
    private readonly CoordinatorBodies bodies;
    private readonly SplitService split;
    private readonly LocalGrains grains;
    private readonly HealthService health;
    private HealthHost? probed;

    private CoordinatorHost(CoordinatorSetup setup)
    {
        notices = new FleetNotices(setup.Say);
        clock = new FleetClock(setup.Time);
        spool = new BlobSpool(setup.SpoolFolder);
        grains = CoordinatorGrains.Create(setup.Storage, setup.Time);
        inbox = new UploadInbox(setup.Authenticator);
        shelf = new PayloadShelf(setup.Authenticator);
        bodies = new CoordinatorBodies(setup.Authenticator, inbox);
        split = new SplitService(bodies, new SplitHostOptions { Workspaces = setup.Workers, Time = setup.Time, Notice = notices.Log });
        bodies.Forgotten = body => split.Forget(body, "the phase is over: the client is not wanted any more");
        bodies.Withdrawn = (list, node) => split.EndWhere(
            key => key.List == list && string.Equals(key.Node, node, StringComparison.Ordinal), $"list {list} was taken back from {node}: its clients are not wanted any more");
        dispatcher = new FleetDispatcher(grains, setup.Fleet, clock, notices);
        health = new HealthService();
        if (setup.RunsFolder is { } runs)
            Runs = new RunHost(runs, grains, ExchangesOf, setup.FindData!, setup.Workers, setup.Time, notices);
        application = Build(setup);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Where probes ask for its health without TLS; null where they cannot.</summary>
    public Uri? HealthAddress => probed?.Address;

    /// <summary>What runs submitted experiments; null where nothing can be submitted.</summary>
    public RunHost? Runs { get; }

    /// <summary>What people should know of the fleet.</summary>
    public FleetNotices Notices => notices;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">The address is taken, or not of this machine.</exception>
    public static async Task<CoordinatorHost> StartAsync(CoordinatorSetup setup, CancellationToken cancel)
    {
        var host = new CoordinatorHost(setup);
        try
        {
            await host.application.StartAsync(cancel);
            if (setup.HealthListen is { } address)
                host.probed = await HealthHost.StartAsync(address, host.health, cancel);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        host.Address = host.application.BoundAddress(setup.Listen);
        host.health.SetStatus(HealthService.Server, ServingStatus.Serving);
        // Until the end: while the last round is completed, nodes that lose their connection have to come back.
        host.health.SetStatus(FleetReflection.Descriptor.Services[0].FullName, ServingStatus.Serving);
        return host;
    }

    /// <summary>The clients of a run, on the nodes of the fleet.</summary>
    /// <param name="run">Name of the run.</param>
    public IExchangeSource ExchangesOf(string run) => new FleetExchangeSource(run, dispatcher, shelf, inbox, bodies, grains, clock, notices, metrics);

    /// <summary>Tells all nodes to end.</summary>
    public ValueTask DismissNodesAsync(string reason) => dispatcher.DismissAsync(reason);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        health.Stop();
        if (probed is not null)
            await probed.DisposeAsync();
        await dispatcher.DisposeAsync();
        await stopping.CancelAsync();
        await application.DisposeAsync();
        await grains.DisposeAsync();
        shelf.Clear();
        inbox.Clear();
        split.Dispose();
        spool.Dispose();
        metrics.Dispose();
        stopping.Dispose();
    }

    private WebApplication Build(CoordinatorSetup setup)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenRpc(setup.Listen, options => setup.Tls?.Apply(options)));
        builder.Services.AddRoutingCore().AddRpcBuffers();
        WebApplication built = builder.Build();
        built.UseRouting();
        RpcServiceOptions control = new() { LargestRequest = LargestControlMessage, LongestWrite = setup.Fleet.Silence, Stopping = stopping.Token, Time = setup.Time };
        built.MapRpcService(FleetReflection.Descriptor.Services[0], new FleetService(dispatcher, setup.Authenticator, setup.Fleet, setup.Time), control);
        var transfer = new TransferService(shelf, inbox, spool, new TransferOptions(), setup.Time, (_, refused) => notices.Log($"a transfer was refused: {refused.Message}"));
        inbox.Cleared = run =>
        {
            transfer.Forget(run);
            split.EndWhere(key => string.Equals(key.Run, run, StringComparison.Ordinal), "the phase is over: the client is not wanted any more");
        };
        built.MapRpcService(TransferReflection.Descriptor.Services[0], transfer, control with { LargestRequest = LargestChunkMessage });
        built.MapRpcService(SplitReflection.Descriptor.Services[0], split, SplitService.ServedWith(control));
        if (Runs is not null)
            built.MapRpcService(RunsReflection.Descriptor.Services[0], new RunsService(Runs, grains, setup.Authenticator), control with { LargestRequest = LargestExperiment });
        built.MapRpcHealth(health);
        built.MapRpcReflection();
        return built;
    }
}
