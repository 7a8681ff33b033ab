using System.Collections.Immutable;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;

namespace Federated.Coordinator.Rounds;

/// <summary>All that a run needs to continue after a completed round as if it had never stopped.</summary>
/// <param name="Round">The completed round; 0 is the preparation.</param>
/// <param name="Model">The global model after it.</param>
/// <param name="KeptMasks">Masks that clients keep.</param>
/// <param name="MaskOfClient">Digest of the mask that each client keeps.</param>
internal sealed record Checkpoint(int Round, GlobalModel Model, ImmutableArray<Mask> KeptMasks, ImmutableSortedDictionary<int, string> MaskOfClient);
