using System.Collections.Immutable;
using Federated.ClientNode;
using Federated.Coordinator.Rounds;
using Federated.Engine.Randomness;
using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>
/// Clients that really run, on one node, whose answers reach the coordinator as remote nodes' do: in lists of any size, combined and encoded, in any order, some alone, some lists folded from
/// other lists, and everything once more after it was counted.
/// </summary>
internal sealed class FoldingExchange(ExperimentContext context, WorkerPool pool, ulong seed) : IClientExchange
{
    private readonly LocalNode node = new(context, pool, TimeProvider.System);
    private readonly KeptParts kept = new(context.Plan);
    private readonly KeptPartShelf shelf = new();
    private int phases;

    /// <summary>Combined answers that were counted, so far.</summary>
    public int Counted { get; private set; }

    public async Task ExchangeAsync(NodeWork work, Func<ClientDescription, PlannedAnswer> planned, INodeObserver observer, CancellationToken cancel)
    {
        var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.Synthetic, ++phases));
        shelf.Add(work.Parts);
        ClientWork[] clients = [.. work.Clients];
        random.Shuffle(clients.AsSpan());
        for (int from = 0; from < clients.Length;)
        {
            int count = Math.Min(1 + random.Next(5), clients.Length - from);
            NodeWork list = work with { Clients = [.. clients.AsSpan(from, count)] };
            from += count;
            if (random.Next(4) == 0)
                await node.RunAsync(list, observer, cancel);
            else
                Send(list, await RunAsync(list, random.Next(2) == 0, cancel), observer);
        }
    }

    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided)
    {
        node.Retain(digests, provided);
        kept.Retain(digests, provided);
        shelf.Retain(digests, provided);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>What a node sends for a list: folded as a whole, or half by half and the halves merged.</summary>
    private async Task<byte[]> RunAsync(NodeWork list, bool halves, CancellationToken cancel)
    {
        FoldingObserver whole = Observer(list);
        if (halves)
        {
            int middle = (list.Clients.Length + 1) / 2;
            foreach (ImmutableArray<ClientWork> half in new[] { list.Clients[..middle], list.Clients[middle..] })
            {
                if (half.IsEmpty)
                    continue;
                NodeWork part = list with { Clients = half };
                FoldingObserver folded = Observer(part);
                await node.RunAsync(part, folded, cancel);
                whole.Combined(folded.Complete());
            }
        }
        else
        {
            await node.RunAsync(list, whole, cancel);
        }

        return PartialAnswers.Encode(Identity(list), Fold(list).Mask, whole.Complete());
    }

    private void Send(NodeWork list, byte[] bytes, INodeObserver observer)
    {
        Assert.InRange(bytes.Length, 1, PartialAnswers.LargestBytes(Identity(list), list.Answer!, Descriptions(list)));
        CombinedAnswer answer = PartialAnswers.Decode(bytes, Identity(list), list.Answer!, Descriptions(list));
        observer.Combined(answer);
        Counted++;
        Assert.Equal(RefusalReason.Duplicate, Assert.Throws<AnswerRefusedException>(() => observer.Combined(answer)).Reason);
    }

    private FoldingObserver Observer(NodeWork list) => new(context.Plan, list.Task, Fold(list), Descriptions(list));

    /// <summary>The fold that a node makes from what came down, which it can decode once it has fetched what that refers to.</summary>
    private IAnswerFold Fold(NodeWork list)
    {
        ReadOnlyMemory<byte> payload = list.Clients[0].Payload;
        foreach (string digest in PayloadReferences.Of(payload.Span).Where(digest => !kept.Keeps(digest)))
            kept.Provide(digest, shelf.Find(digest)!.Bytes);
        IAnswerFold fold = ClientTaskCatalog.Find(list.Task).CreateFold(context, kept.Decode(payload), list.Round);
        Assert.Equal(list.Answer!.Mask.Digest, fold.Mask.Digest);
        return fold;
    }

    private static ListIdentity Identity(NodeWork list) => new("run", 7, list.Round, list.Task);

    private ClientDescription[] Descriptions(NodeWork list) => [.. list.Clients.Select(client => context.Clients[client.Client])];
}
