using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>Clients that really run, on one node.</summary>
internal sealed class NodeExchange(INode node) : IClientExchange
{
    public Task ExchangeAsync(NodeWork work, Func<ClientDescription, PlannedAnswer> planned, INodeObserver observer, CancellationToken cancel) =>
        node.RunAsync(work, observer, cancel);

    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided) => node.Retain(digests, provided);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
