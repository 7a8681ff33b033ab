using System.Collections.Immutable;
using System.Globalization;
using Federated.ClientNode.Splitting;
using Federated.Coordinator.CommandLine;
using Federated.Coordinator.Fleet;
using Federated.Coordinator.Grains;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Security;
using Federated.Methods.Clients;

namespace Federated.Coordinator.LocalFleet;

/// <summary>
/// The clients of one run on node processes of this machine: starts a coordinator inside this process, on a loopback port that the system chooses, and the nodes, and ends them
/// when it is disposed.
/// </summary>
/// <param name="folder">The run folder; the nodes' logs go into its <c>nodes</c>.</param>
/// <param name="nodes">How many nodes.</param>
/// <param name="slots">Clients that each trains at the same time.</param>
/// <param name="body">Where the server's part of a split model runs; on nodes: every node runs bodies, too.</param>
/// <param name="time">Measures; no result depends on it.</param>
/// <param name="notice">Hears what a person should know: nodes that ended, answers that were refused.</param>
internal sealed class LocalFleetSource(string folder, int nodes, int slots, BodyPlace body, TimeProvider time, Action<string> notice) : IExchangeSource, IAsyncDisposable
{
    private const string RunName = "run";

    private readonly CancellationTokenSource failed = new();
    private CoordinatorHost? host;
    private LocalNodes? processes;

    /// <summary>Set when no node is left and none is started any more.</summary>
    public CancellationToken Failed => failed.Token;

    /// <summary>Why no node is left.</summary>
    public string Failure => processes?.LastFailure ?? "";

    private string SpoolFolder => Path.Combine(folder, "nodes", "spool");

    /// <inheritdoc/>
    public async Task<IClientExchange> OpenAsync(ExperimentContext context, CancellationToken cancel)
    {
        host = await CoordinatorHost.StartAsync(
            new CoordinatorSetup
            {
                Listen = new Uri("http://127.0.0.1:0"),
                Authenticator = Authenticator.Open,
                Storage = new MemoryGrainStorage(),
                SpoolFolder = SpoolFolder,
                Say = notice,
                Time = time,
            },
            cancel);
        ImmutableArray<string> arguments =
        [
            "node", NodeCommand.UntilInputEnds,
            "--coordinator", host.Address.GetLeftPart(UriPartial.Authority),
            "--slots", slots.ToString(CultureInfo.InvariantCulture),
            BodyPlaceOption.Name, BodyPlaceOption.NameOf(body),
            .. body == BodyPlace.Nodes ? BodyRoleOptions.ArgumentsOnThisMachine : [],
        ];
        processes = LocalNodes.Start(
            new LocalNodesOptions { Program = ProgramCommand.OfThisProgram(), Arguments = arguments, Nodes = nodes, LogFolder = Path.Combine(folder, "nodes") }, time, notice);
        processes.NoneLeft.Register(failed.Cancel);
        return await host.ExchangesOf(RunName).OpenAsync(context, cancel);
    }

    /// <summary>Ends the nodes and the coordinator.</summary>
    public async ValueTask DisposeAsync()
    {
        if (host is not null)
            await host.DismissNodesAsync("the run is over");
        if (processes is not null)
            await processes.DisposeAsync();
        if (host is not null)
        {
            await host.DisposeAsync();
            RemoveSpool();
        }

        failed.Dispose();
    }

    // Empty now; only logs stay in the run folder.
    private void RemoveSpool()
    {
        try
        {
            Directory.Delete(SpoolFolder, recursive: true);
        }
        catch (IOException)
        {
            // An empty folder that stays is no reason to fail a run that is complete.
        }
    }
}
