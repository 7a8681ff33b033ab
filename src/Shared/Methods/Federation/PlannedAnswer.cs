using Federated.Protocol.Payloads;

namespace Federated.Methods.Federation;

/// <summary>What a client's work will bring, without the work: an answer of the right shape, and what crosses a cut of the model meanwhile.</summary>
/// <param name="Answer">Makes the answer: it holds copies of what trains, which who only counts what crosses does not need.</param>
/// <param name="Crossed">Sums of bytes at the cut by kind, ascending; empty for a task that the client does alone.</param>
/// <param name="IsExact">Whether <paramref name="Crossed"/> is met to the byte; else it is what crosses on average.</param>
public sealed record PlannedAnswer(Func<Payload> Answer, IReadOnlyList<PartSize> Crossed, bool IsExact);
