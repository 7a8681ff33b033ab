using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// Holds the receipts of combined answers against the answer that the task plans: a node cannot book what its clients did not send, but for the few bytes in which answers differ from client to
/// client.
/// </summary>
/// <param name="plan">The planned answer of any client of the cohort; asked for once, and only when an answer comes combined.</param>
internal sealed class ReceiptCheck(Func<EncodedPayload> plan)
{
    // A whole number takes 1 to 10 bytes, and an answer has one.
    private const int SpanOfNumbers = 9;

    // A gradient takes 4 bytes and its position up to 24 (see SparsePartialSum) where positions are unlike those of the plan, which lie evenly.
    private const int SpanOfGradients = 7;

    // For heads whose lengths need more bytes than the plan's.
    private const int SpanOfHeads = 64;

    private IReadOnlyList<PartSize>? planned;

    /// <summary>Checks the kinds and sizes of some clients' answers.</summary>
    /// <exception cref="AnswerRefusedException">No client answers the task so.</exception>
    public void Require(AnswerReceipts receipts)
    {
        planned ??= plan().Parts;
        if (!receipts.Parts.Select(static part => part.Kind).SequenceEqual(planned.Select(static part => part.Kind)))
        {
            throw new AnswerRefusedException(
                RefusalReason.Malformed, $"A receipt names {Names(receipts.Parts)}; an answer to this task has {Names(planned)}.");
        }

        for (int i = 0; i < planned.Count; i++)
        {
            PartSize expected = planned[i];
            int found = receipts.Parts[i].Bytes;
            bool plausible = expected.Kind switch
            {
                PartKind.Scalars => Math.Abs(found - expected.Bytes) <= SpanOfNumbers,
                PartKind.TopGradients => found <= ((long)expected.Bytes * SpanOfGradients) + SpanOfHeads,
                _ => found == expected.Bytes,
            };
            if (!plausible)
                throw new AnswerRefusedException(RefusalReason.Implausible, $"A receipt names {found:N0} bytes of {expected.Kind}, where answers to this task have about {expected.Bytes:N0}.");
        }
    }

    private static string Names(IEnumerable<PartSize> parts) => string.Join(", ", parts.Select(static part => part.Kind));
}
