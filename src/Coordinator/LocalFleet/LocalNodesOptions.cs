using System.Collections.Immutable;

namespace Federated.Coordinator.LocalFleet;

/// <summary>Which node processes to start on this machine.</summary>
internal sealed record LocalNodesOptions
{
    /// <summary>The program.</summary>
    public required ProgramCommand Program { get; init; }

    /// <summary>Its arguments; the name of the node follows, as <c>--name NAME</c>.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>How many.</summary>
    public required int Nodes { get; init; }

    /// <summary>Where each node's log is written, as <c>NAME.log</c>; made when it is not there.</summary>
    public required string LogFolder { get; init; }

    /// <summary>Pause before a node is started again for the first time; it doubles with every further time.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The pause does not become longer than this.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A node that ran for so long was well: its earlier ends do not count any more.</summary>
    public TimeSpan WellAfter { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A node that ends by itself so many times in a row, without having been well, is not started again.</summary>
    public int MostFailures { get; init; } = 3;

    /// <summary>The same for a node that a signal ended, as the system does when memory is short.</summary>
    public int MostKills { get; init; } = 100;
}
