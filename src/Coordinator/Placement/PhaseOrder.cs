using System.Collections.Immutable;

namespace Federated.Coordinator.Placement;

/// <summary>One task of one round for the clients of a cohort: what is to be placed on nodes.</summary>
/// <param name="Run">The run.</param>
/// <param name="Round">The round.</param>
/// <param name="Task">Name of the task.</param>
/// <param name="Clients">The clients, each once, with what they cost.</param>
internal sealed record PhaseOrder(string Run, int Round, string Task, ImmutableArray<ClientCost> Clients);
