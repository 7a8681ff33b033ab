using System.Collections.Immutable;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Split;
using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>The clients of a run, on the nodes of the fleet. The bytes that each client receives and answers are those of one process; what crosses to a node, it needs once.</summary>
internal sealed class FleetExchange : IClientExchange
{
    private readonly FleetRun run;
    private readonly ExperimentContext context;
    private readonly FleetDispatcher dispatcher;
    private readonly PayloadShelf shelf;
    private readonly CoordinatorBodies bodies;
    private readonly KeptPartShelf kept = new();
    private IReadOnlyCollection<string> digests = [];

    public FleetExchange(FleetRun run, ExperimentContext context, FleetDispatcher dispatcher, PayloadShelf shelf, CoordinatorBodies bodies)
    {
        this.run = run;
        this.context = context;
        this.dispatcher = dispatcher;
        this.shelf = shelf;
        this.bodies = bodies;
        shelf.Open(run.Name, kept);
    }

    /// <inheritdoc/>
    public async Task ExchangeAsync(NodeWork work, Func<ClientDescription, PlannedAnswer> planned, INodeObserver observer, CancellationToken cancel)
    {
        kept.Add(work.Parts);
        (ImmutableArray<PayloadForm> Forms, int[] FormOf, PayloadForm? ServerForm) offered = shelf.Offer(run.Name, work);
        if (offered.ServerForm is { } serverForm)
            bodies.Offer(run.Name, context, serverForm, work.ServerParts);
        var phase = new FleetPhase(run.Name, work, offered, digests, context.Clients, observer)
        {
            OfferStates = work.StateOf is { } stateOf ? clients => shelf.OfferStates(run.Name, stateOf, clients) : null,
            StateLimit = client => ClientStateLimit.Of(context, client),
        };
        await dispatcher.RunAsync(phase, cancel);
    }

    /// <inheritdoc/>
    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided)
    {
        this.digests = [.. digests];
        kept.Retain(digests, provided);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await dispatcher.CloseAsync(run);
        shelf.Clear();
        bodies.Clear();
    }
}
