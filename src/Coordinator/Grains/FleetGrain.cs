using System.Collections.Immutable;

namespace Federated.Coordinator.Grains;

/// <inheritdoc cref="IFleetGrain"/>
internal sealed class FleetGrain(GrainContext context) : Grain<FleetState>(context, GrainJson.Default.FleetState), IFleetGrain
{
    private readonly SortedDictionary<string, ulong> connected = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override bool MayBeDeactivated => connected.Count == 0;

    /// <inheritdoc/>
    public async Task EnqueueAsync(string run)
    {
        if (State.Queue.Contains(run))
            return;
        await SaveAsync(State with { Runs = State.Runs.Contains(run) ? State.Runs : State.Runs.Add(run), Queue = State.Queue.Add(run) });
    }

    /// <inheritdoc/>
    public Task<string?> NextRunAsync() => Task.FromResult(State.Queue.FirstOrDefault());

    /// <inheritdoc/>
    public Task RemoveAsync(string run) => State.Queue.Contains(run) ? SaveAsync(State with { Queue = State.Queue.Remove(run) }) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task<ImmutableArray<string>> RunsAsync() => Task.FromResult(State.Runs);

    /// <inheritdoc/>
    public async Task<uint> NextEpochAsync()
    {
        // Saved before it is used: a coordinator that is killed now has lost a number, and never uses one twice.
        await SaveAsync(State with { Epoch = checked(State.Epoch + 1) });
        return State.Epoch;
    }

    /// <inheritdoc/>
    public async Task NodeConnectedAsync(string node, ulong session)
    {
        if (!State.Nodes.Contains(node))
            await SaveAsync(State with { Nodes = [.. State.Nodes.Append(node).Order(StringComparer.Ordinal)] });
        connected[node] = Math.Max(session, connected.GetValueOrDefault(node));
    }

    /// <inheritdoc/>
    public Task<bool> NodeDisconnectedAsync(string node, ulong session)
    {
        bool current = connected.TryGetValue(node, out ulong open) && open == session;
        if (current)
            connected.Remove(node);
        return Task.FromResult(current);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<FleetMember>> NodesAsync() =>
        Task.FromResult<ImmutableArray<FleetMember>>([.. State.Nodes.Select(node => new FleetMember(node, connected.TryGetValue(node, out ulong session) ? session : null))]);
}
