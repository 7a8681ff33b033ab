using Federated.Coordinator.Placement;

namespace Federated.Coordinator.Grains;

/// <inheritdoc cref="INodeGrain"/>
internal sealed class NodeGrain(GrainContext context) : Grain<NodeState>(context, GrainJson.Default.NodeState), INodeGrain
{
    /// <summary>More threads than any machine has: a node that says so would be given everything.</summary>
    private const int MostSlots = 4096;

    private const int LongestRelease = 64;

    // A save waits for the disk, some milliseconds: rounds may be as short. What is lost when the coordinator is killed in between is a little of what was learned.
    private static readonly TimeSpan BetweenSaves = TimeSpan.FromSeconds(5);

    private ulong? open;
    private long savedAt;
    private NodeState now = new();

    /// <inheritdoc/>
    public override bool MayBeDeactivated => open is null && now == State;

    /// <inheritdoc/>
    public async Task<NodeSession> RegisterAsync(NodeRegistration registration)
    {
        if (registration.Slots is <= 0 or > MostSlots)
            throw new NodeRegistrationException($"node '{Key}' has {registration.Slots} slots; 1 to {MostSlots} are possible");
        if (!double.IsFinite(registration.OperationsPerSecond) || registration.OperationsPerSecond <= 0)
            throw new NodeRegistrationException($"node '{Key}' measured {registration.OperationsPerSecond} operations per second; that is no speed");
        if (registration.Release.Length > LongestRelease)
            throw new NodeRegistrationException($"node '{Key}' gives a release of {registration.Release.Length} characters; {LongestRelease} are possible");
        bool restarted = Exists && now.Instance != registration.Instance;
        TimeModel model = Exists ? now.Model.Measured(registration.OperationsPerSecond) : TimeModel.FromMeasurement(registration.OperationsPerSecond);
        await KeepAsync(now with
        {
            Session = now.Session + 1, // saved, so that a restarted coordinator goes on counting
            Instance = registration.Instance,
            Slots = registration.Slots,
            MemoryBytes = registration.MemoryBytes,
            Release = registration.Release,
            Model = model,
        });
        open = now.Session;
        return new NodeSession(now.Session, new PlacementNode(Key, now.Slots, now.Model), restarted);
    }

    /// <inheritdoc/>
    public Task<bool> IsCurrentAsync(ulong session) => Task.FromResult(open == session);

    /// <inheritdoc/>
    public async Task<bool> DisconnectedAsync(ulong session)
    {
        if (open != session)
            return false;
        open = null;
        if (now != State)
            await KeepAsync(now);
        return true;
    }

    /// <inheritdoc/>
    public Task CountedAsync(ListWork work)
    {
        now = now with
        {
            ClientsDone = now.ClientsDone + work.Clients,
            AnswersAccepted = now.AnswersAccepted + 1,
            Model = now.Model.Learn(work.Task, work.Operations, work.SlotSeconds),
        };
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RefusedAsync()
    {
        now = now with { AnswersRefused = now.AnswersRefused + 1 };
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SaveAsync() => now == State || Context.Time.GetElapsedTime(savedAt) < BetweenSaves ? Task.CompletedTask : KeepAsync(now);

    /// <inheritdoc/>
    public Task<NodeDescription> DescribeAsync() => Task.FromResult(new NodeDescription(now, open is not null));

    /// <inheritdoc/>
    protected override void Loaded() => now = State;

    private async Task KeepAsync(NodeState next)
    {
        await SaveAsync(next);
        now = next;
        savedAt = Context.Time.GetTimestamp();
    }
}
