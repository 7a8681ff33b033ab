using Federated.Coordinator.Placement;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>A node that is there, or was a moment ago.</summary>
internal sealed class RosterNode
{
    /// <summary>Name of the node.</summary>
    public required string Name { get; init; }

    /// <summary>Its stream; null while it is away.</summary>
    public NodeStream? Stream { get; set; }

    /// <summary>What it said of itself at last.</summary>
    public required Registration Registration { get; set; }

    /// <summary>What placement knows of it.</summary>
    public required PlacementNode Placement { get; set; }

    /// <summary>When a node that is away counts as lost.</summary>
    public TimeSpan LostAt { get; set; }
}
