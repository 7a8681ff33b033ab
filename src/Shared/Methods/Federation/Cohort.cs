using System.Collections.Immutable;

namespace Federated.Methods.Federation;

/// <summary>Clients that take part in something, ascending by number.</summary>
/// <param name="Clients">The clients.</param>
public sealed record Cohort(ImmutableArray<ClientDescription> Clients);
