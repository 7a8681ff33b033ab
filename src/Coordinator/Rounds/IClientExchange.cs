using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>Where answers come from: clients that really run, or, when a run is only planned, answers of the right shape.</summary>
internal interface IClientExchange : IAsyncDisposable
{
    /// <summary>Delivers the work and hands over every answer, one at a time, in any order.</summary>
    /// <param name="work">The task and what each client receives.</param>
    /// <param name="planned">Makes an answer of the right shape for a client, without training.</param>
    /// <param name="observer">Receives progress and answers.</param>
    /// <param name="cancel">Stops at once.</param>
    Task ExchangeAsync(NodeWork work, Func<ClientDescription, PlannedAnswer> planned, INodeObserver observer, CancellationToken cancel);

    /// <summary>Says what clients still keep, and provides kept parts after a restart.</summary>
    void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided);
}
