using System.Text;
using Federated.Coordinator.Grains;

namespace Federated.Coordinator.Tests.Grains;

/// <summary>Adds, and notices when two of its messages run at the same time.</summary>
internal sealed class CounterGrain(GrainContext context, GrainProbe probe) : Grain<CounterState>(context, CounterJson.Default.CounterState), ICounterGrain
{
    private readonly StringBuilder seen = new();
    private bool held;
    private int inside;

    public override bool MayBeDeactivated => !held;

    public async Task<int> AddAsync(int amount, CancellationToken cancel)
    {
        if (Interlocked.Increment(ref inside) != 1)
            probe.Overlaps++;
        await Task.Yield();
        await SaveAsync(State with { Value = State.Value + amount }, cancel);
        Interlocked.Decrement(ref inside);
        return State.Value;
    }

    public Task<int> ValueAsync() => Task.FromResult(State.Value);

    public Task<string> SeenAsync() => Task.FromResult(seen.ToString());

    public async Task NoteAsync(int caller, int number)
    {
        if (Interlocked.Increment(ref inside) != 1)
            probe.Overlaps++;
        seen.Append(caller).Append(':');
        if (number % 7 == 0)
            await Task.Yield(); // what stands behind runs on another thread of the pool
        seen.Append(number).Append(' ');
        Interlocked.Decrement(ref inside);
    }

    public Task FailAsync(string message) => throw new InvalidOperationException(message);

    public async Task WaitAsync(string gate, CancellationToken cancel)
    {
        probe.Reached(gate);
        await probe.Gate(gate).WaitAsync(cancel);
    }

    public Task<int> CallOtherAsync(string key) => Context.Grains.Get<ICounterGrain>(key).ValueAsync();

    public Task<int> CallThroughAsync(string other) => Context.Grains.Get<ICounterGrain>(other).CallOtherAsync(Key);

    public Task LeaveRunningAsync(string gate)
    {
        probe.LeftRunning = LaterAsync(gate);
        return Task.CompletedTask;
    }

    public Task HoldAsync(bool hold)
    {
        held = hold;
        return Task.CompletedTask;
    }

    private async Task<int> LaterAsync(string gate)
    {
        await probe.Gate(gate);
        return await Context.Grains.Get<ICounterGrain>(Key).ValueAsync();
    }
}
