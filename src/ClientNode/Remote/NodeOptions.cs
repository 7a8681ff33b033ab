using Federated.ClientNode.Splitting;
using Federated.Protocol.Rpc;

namespace Federated.ClientNode.Remote;

/// <summary>What a node process is, and how it behaves. No result depends on any of it.</summary>
public sealed record NodeOptions
{
    /// <summary>Name in the fleet: a-z, 0-9, '-' and '.', at most 63.</summary>
    public required string Name { get; init; }

    /// <summary>Clients that train at the same time.</summary>
    public required int Slots { get; init; }

    /// <summary>Finds the data sets of experiments on this machine.</summary>
    public required IDataSource Data { get; init; }

    /// <summary>Memory that the node may use, in bytes; payloads that wait for their list take at most a quarter of it.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Operations per second of one slot, as measured by <see cref="SpeedProbe"/>: what placement believes until it has seen the node work.</summary>
    public required double OperationsPerSecond { get; init; }

    /// <summary>Release of the program, for people.</summary>
    public string Release { get; init; } = "";

    /// <summary>A folder of the node's own for what is arriving; emptied at the start. Null: the first of some temporary ones that no other node has.</summary>
    public string? SpoolFolder { get; init; }

    /// <summary>Where the server's part of a split model runs for this node's clients.</summary>
    public BodyPlace Body { get; init; }

    /// <summary>Opens a channel to a host of bodies; needed where they do not run in this process.</summary>
    public Func<Uri, RpcChannel>? BodyChannel { get; init; }

    /// <summary>The bodies that run here for other nodes; null: none do.</summary>
    public NodeBodies? Bodies { get; init; }

    /// <summary>Where other nodes reach them.</summary>
    public Uri? BodyAddress { get; init; }

    /// <summary>Whether the node takes lists of clients; false: it runs bodies only.</summary>
    public bool TrainsClients { get; init; } = true;

    /// <summary>Paces heartbeats, waits and progress.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Waits before the coordinator is tried again; their key is the node's own.</summary>
    public RpcBackoff Backoff { get; init; } = new() { First = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromSeconds(5), Factor = 2, Jitter = 0.3 };

    /// <summary>How long a new connection may take to its welcome, and a farewell to be read.</summary>
    public TimeSpan GreetingLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Told what a person should know, a sentence at a time: joined, lost, prepared, failed. Called from any thread.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Told that the node has joined (true), and that it has lost the coordinator again (false): for health checks. Called from any thread.</summary>
    public Action<bool>? Joined { get; init; }

    /// <summary>Different after every start of the process.</summary>
    internal ulong Instance { get; init; }

    /// <summary>Where bodies run for this node's clients; null: in this process.</summary>
    internal SplitHostRoster? BodyHosts { get; init; }
}
