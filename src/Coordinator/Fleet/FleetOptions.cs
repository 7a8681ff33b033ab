namespace Federated.Coordinator.Fleet;

/// <summary>How long the coordinator waits for its nodes. No result depends on it.</summary>
public sealed record FleetOptions
{
    /// <summary>A node says something at least this often. Default: one second.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A stream on which nothing came for so long is ended: the node may open another. Default: ten heartbeats.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A node whose stream was lost keeps its work for so long: it may come back with it. Default: five seconds.</summary>
    public TimeSpan ReconnectGrace { get; init; } = TimeSpan.FromSeconds(5);
}
