using Federated.Coordinator.Rounds;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Planning;

/// <summary>Answers of the right shape, without clients behind them.</summary>
internal sealed class PlannedExchange(IReadOnlyList<ClientDescription> clients) : IClientExchange
{
    public Task ExchangeAsync(NodeWork work, Func<ClientDescription, PlannedAnswer> planned, INodeObserver observer, CancellationToken cancel)
    {
        foreach (ClientWork client in work.Clients)
        {
            cancel.ThrowIfCancellationRequested();
            PlannedAnswer expected = planned(clients[client.Client]);
            EncodedPayload answer = expected.Answer().Encode();
            observer.Answered(client.Client, answer.Bytes, [.. answer.Parts, .. expected.Crossed]);
        }

        return Task.CompletedTask;
    }

    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
