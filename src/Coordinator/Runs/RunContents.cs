using System.Collections.Immutable;

namespace Federated.Coordinator.Runs;

/// <summary>Everything a run folder holds for people to read.</summary>
/// <param name="Specification">The resolved specification, as text.</param>
/// <param name="Rounds">The completed rounds.</param>
/// <param name="Summary">The summary, or null when the run has not finished.</param>
/// <param name="Clients">The clients; empty when they were not recorded.</param>
public sealed record RunContents(string Specification, ImmutableArray<RoundRecord> Rounds, RunSummary? Summary, ImmutableArray<ClientRecord> Clients)
{
    /// <summary>Reads <paramref name="folder"/>.</summary>
    /// <exception cref="RunFolderException">A file is corrupt.</exception>
    public static RunContents Read(RunFolder folder) => new(folder.Specification, folder.ReadRounds(), folder.ReadSummary(), folder.ReadClients());
}
