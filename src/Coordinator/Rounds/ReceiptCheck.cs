using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// Holds the receipts of combined answers against the answer that the task plans: a node cannot book what its clients did not send, but for the few bytes in which answers differ from client to
/// client.
/// </summary>
/// <param name="plan">What a client's work is planned to bring. Its answer is asked for once, of any client, and only when an answer comes combined; what crosses a cut, of every client.</param>
internal sealed class ReceiptCheck(Func<ClientDescription, PlannedAnswer> plan)
{
    // A whole number takes 1 to 10 bytes, and an answer has one.
    private const int SpanOfNumbers = 9;

    // A gradient takes 4 bytes and its position up to 24 (see SparsePartialSum) where positions are unlike those of the plan, which lie evenly.
    private const int SpanOfGradients = 7;

    // Coded positions take up to twice what evenly spread ones take.
    private const int SpanOfPositions = 2;

    // For heads whose lengths need more bytes than the plan's.
    private const int SpanOfHeads = 64;

    private IReadOnlyList<PartSize>? planned;

    /// <summary>Checks the kinds and sizes of some clients' answers, and of what crossed a cut while they worked.</summary>
    /// <param name="receipts">Of clients whose answers cost the same.</param>
    /// <param name="clients">These clients and others.</param>
    /// <exception cref="AnswerRefusedException">No client answers the task so.</exception>
    public void Require(AnswerReceipts receipts, IReadOnlyList<ClientDescription> clients)
    {
        RequireAnswer([.. receipts.Parts.Where(static part => PartKinds.CutDirection(part.Kind) is null)], clients[0]);
        PartSize[] crossed = [.. receipts.Parts.Where(static part => PartKinds.CutDirection(part.Kind) is not null)];
        foreach (ClientDescription client in clients.Where(client => receipts.Clients.AsSpan().BinarySearch(client.Id) >= 0))
            RequireCut(crossed, client);
    }

    private void RequireCut(PartSize[] crossed, ClientDescription client)
    {
        PlannedAnswer work = plan(client);
        bool plausible = work.IsExact
            ? crossed.SequenceEqual(work.Crossed)
            : crossed.Select(static part => part.Kind).SequenceEqual(work.Crossed.Select(static part => part.Kind)) && crossed.Zip(work.Crossed).All(static pair => pair.First.Bytes <= (SpanOfPositions * pair.Second.Bytes) + SpanOfHeads);
        if (!plausible)
        {
            throw new AnswerRefusedException(
                RefusalReason.Implausible, $"A receipt of {client.Name} names {Sizes(crossed)} at the cut, where its work takes {(work.IsExact ? "" : "about ")}{Sizes(work.Crossed)}.");
        }
    }

    private void RequireAnswer(IReadOnlyList<PartSize> answer, ClientDescription client)
    {
        planned ??= plan(client).Answer().Encode().Parts;
        if (!answer.Select(static part => part.Kind).SequenceEqual(planned.Select(static part => part.Kind)))
        {
            throw new AnswerRefusedException(
                RefusalReason.Malformed, $"A receipt names {Names(answer)}; an answer to this task has {Names(planned)}.");
        }

        for (int i = 0; i < planned.Count; i++)
        {
            PartSize expected = planned[i];
            long found = answer[i].Bytes;
            bool plausible = expected.Kind switch
            {
                PartKind.Scalars => Math.Abs(found - expected.Bytes) <= SpanOfNumbers,
                PartKind.TopGradients => found <= (expected.Bytes * SpanOfGradients) + SpanOfHeads,
                _ => found == expected.Bytes,
            };
            if (!plausible)
                throw new AnswerRefusedException(RefusalReason.Implausible, $"A receipt names {found:N0} bytes of {expected.Kind}, where answers to this task have about {expected.Bytes:N0}.");
        }
    }

    private static string Sizes(IReadOnlyList<PartSize> parts) => parts.Count == 0 ? "nothing" : string.Join(", ", parts.Select(static part => $"{part.Bytes:N0} bytes of {part.Kind}"));

    private static string Names(IEnumerable<PartSize> parts) => string.Join(", ", parts.Select(static part => part.Kind));
}
