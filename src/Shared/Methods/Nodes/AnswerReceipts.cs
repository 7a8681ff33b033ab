using System.Collections.Immutable;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Nodes;

/// <summary>What the answers of some clients cost on the wire, part by part, for the ledger: clients whose answers have parts of the same kinds and sizes share one.</summary>
/// <param name="Parts">The envelope, then the parts in their order, as in <see cref="EncodedPayload.Parts"/>; then what crossed a cut of the model while the client worked, a sum for each kind.</param>
/// <param name="Clients">The clients, ascending.</param>
public sealed record AnswerReceipts(ImmutableArray<PartSize> Parts, ImmutableArray<int> Clients);
