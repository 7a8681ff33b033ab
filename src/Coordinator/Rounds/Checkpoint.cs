using System.Collections.Immutable;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;

namespace Federated.Coordinator.Rounds;

/// <summary>All that a run needs to continue after a completed round as if it had never stopped.</summary>
/// <param name="Round">The completed round; 0 is the preparation.</param>
/// <param name="Model">The global model after it.</param>
/// <param name="KeptMasks">Masks that clients keep.</param>
/// <param name="MaskOfClient">Digest of the mask that each client keeps.</param>
/// <param name="LedgerDigest">SHA-256 of the ledger through this round: a ledger file that was changed or cut since is found out.</param>
internal sealed record Checkpoint(int Round, GlobalModel Model, ImmutableArray<Mask> KeptMasks, ImmutableSortedDictionary<int, string> MaskOfClient, string LedgerDigest);
