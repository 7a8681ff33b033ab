namespace Federated.Coordinator.Placement;

/// <summary>How the nodes have behaved in one run so far. One object for all phases of the run.</summary>
/// <param name="options">How much is tolerated.</param>
internal sealed class RunStandings(PlacementOptions options)
{
    private readonly Dictionary<string, (int Refusals, int Failures)> counts = new(StringComparer.Ordinal);

    /// <summary>Whether the node gets nothing more of this run.</summary>
    public bool IsExcluded(string node)
    {
        (int refusals, int failures) = counts.GetValueOrDefault(node);
        return refusals > options.RefusalsTolerated || failures > options.FailuresTolerated;
    }

    /// <summary>An answer of the node was refused. True when that excludes it now.</summary>
    public bool Refused(string node) => Count(node, refusals: 1, failures: 0);

    /// <summary>The node could not do a list. True when that excludes it now.</summary>
    public bool Failed(string node) => Count(node, refusals: 0, failures: 1);

    /// <summary>An answer of the node was counted: that makes up for a list that it could not do, so that a long run does not lose a good node over rare accidents. Rubbish is not forgiven.</summary>
    public void Counted(string node)
    {
        if (counts.TryGetValue(node, out (int Refusals, int Failures) count) && count.Failures > 0)
            counts[node] = (count.Refusals, count.Failures - 1);
    }

    /// <summary>What the node has done, for people.</summary>
    public string Describe(string node)
    {
        (int refusals, int failures) = counts.GetValueOrDefault(node);
        return $"{refusals} of its answers were refused and {failures} of its lists failed";
    }

    private bool Count(string node, int refusals, int failures)
    {
        bool before = IsExcluded(node);
        (int refusals0, int failures0) = counts.GetValueOrDefault(node);
        counts[node] = (refusals0 + refusals, failures0 + failures);
        return !before && IsExcluded(node);
    }
}
