using System.Collections.Immutable;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>All that a run needs to continue after a completed round as if it had never stopped.</summary>
/// <param name="Round">The completed round; 0 is the preparation.</param>
/// <param name="Model">The global model after it.</param>
/// <param name="KeptParts">Parts that clients keep between rounds.</param>
/// <param name="KeptNames">Which client keeps which of them.</param>
/// <param name="LedgerDigest">SHA-256 of the ledger through this round: a ledger file that was changed or cut since is found out.</param>
/// <param name="States">Where the states of clients stand; null where none has one.</param>
internal sealed record Checkpoint(
    int Round, GlobalModel Model, ImmutableArray<Part> KeptParts, ImmutableArray<KeptName> KeptNames, string LedgerDigest, ClientStatesMark? States = null);
