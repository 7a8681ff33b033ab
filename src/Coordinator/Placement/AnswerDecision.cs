using System.Collections.Immutable;

namespace Federated.Coordinator.Placement;

/// <summary>The verdict on an answer and what is to be done at once.</summary>
internal sealed record AnswerDecision(AnswerVerdict Verdict, ImmutableArray<PlacementAction> Actions);
