using Federated.Coordinator.Placement;

namespace Federated.Coordinator.Grains;

/// <summary>What becomes of an announced answer.</summary>
/// <param name="Verdict">With <see cref="AnswerVerdict.Count"/> the caller fetches, checks and adds it, and says <see cref="IExperimentGrain.CountedAsync"/> or <see cref="IExperimentGrain.RefusedAsync"/>.</param>
/// <param name="Step">What is to be done at once.</param>
internal sealed record AnswerStep(AnswerVerdict Verdict, PlacementStep Step);
