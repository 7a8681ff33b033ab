using System.Collections.Immutable;
using Federated.ClientNode;
using Federated.Coordinator.Rounds;
using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>A node that folds each phase as one list and, before it says the truth, says one untruth after the other.</summary>
internal sealed class MisstatingExchange(ExperimentContext context, WorkerPool pool) : IClientExchange
{
    private readonly LocalNode node = new(context, pool, TimeProvider.System);
    private readonly KeptPartShelf shelf = new();

    /// <summary>Untruths that were refused.</summary>
    public int Refused { get; private set; }

    public async Task ExchangeAsync(NodeWork work, Func<ClientDescription, PlannedAnswer> planned, INodeObserver observer, CancellationToken cancel)
    {
        ClientDescription[] clients = [.. work.Clients.Select(client => context.Clients[client.Client])];
        var kept = new KeptParts(context.Plan);
        shelf.Add(work.Parts);
        ReadOnlyMemory<byte> payload = work.Clients[0].Payload;
        foreach (string digest in PayloadReferences.Of(payload.Span))
            kept.Provide(digest, shelf.Find(digest)!.Bytes);
        var folded = new FoldingObserver(context.Plan, work.Task, ClientTaskCatalog.Find(work.Task).CreateFold(context, kept.Decode(payload), work.Round), clients);
        await node.RunAsync(work, folded, cancel);
        CombinedAnswer truth = folded.Complete();

        AnswerReceipts first = truth.Receipts[0];
        Refuse(observer, truth with { Sum = truth.Sum[..^1] }, RefusalReason.Malformed);
        Refuse(observer, truth with { Receipts = truth.Receipts.SetItem(0, first with { Clients = first.Clients.RemoveAt(0) }) }, RefusalReason.Implausible);
        Refuse(observer, truth with { Receipts = truth.Receipts.Add(first) }, RefusalReason.WrongClients);
        Refuse(observer, truth with { Receipts = truth.Receipts.SetItem(0, first with { Clients = first.Clients.Add(Unasked(clients)) }) }, RefusalReason.WrongClients);
        Refuse(observer, truth with { Receipts = truth.Receipts.SetItem(0, first with { Clients = first.Clients.Add(1_000_000) }) }, RefusalReason.WrongClients);
        Refuse(observer, truth with { Receipts = truth.Receipts.SetItem(0, first with { Parts = first.Parts.Add(first.Parts[^1]) }) }, RefusalReason.Malformed);
        Refuse(observer, truth with { Receipts = truth.Receipts.SetItem(0, first with { Parts = first.Parts[..^1] }) }, RefusalReason.Malformed);
        for (int part = 0; part < first.Parts.Length; part++)
        {
            int more = first.Parts[part].Kind is PartKind.Scalars or PartKind.TopGradients ? 1_000_000 : 1;
            ImmutableArray<PartSize> parts = first.Parts.SetItem(part, first.Parts[part] with { Bytes = first.Parts[part].Bytes + more });
            Refuse(observer, truth with { Receipts = truth.Receipts.SetItem(0, first with { Parts = parts }) }, RefusalReason.Implausible);
        }

        observer.Combined(truth);
        Refuse(observer, truth, RefusalReason.Duplicate);
    }

    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided)
    {
        node.Retain(digests, provided);
        shelf.Retain(digests, provided);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Refuse(INodeObserver observer, CombinedAnswer untruth, RefusalReason reason)
    {
        AnswerRefusedException refusal = Assert.Throws<AnswerRefusedException>(() => observer.Combined(untruth));
        Assert.True(reason == refusal.Reason, $"{refusal.Reason}: {refusal.Message}");
        Refused++;
    }

    private int Unasked(ClientDescription[] asked) => context.Clients.Select(static client => client.Id).Except(asked.Select(static client => client.Id)).DefaultIfEmpty(2_000_000).First();
}
