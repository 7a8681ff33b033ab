using Federated.Coordinator.Grains;
using Federated.Coordinator.Tests.Progress;
using Xunit;

namespace Federated.Coordinator.Tests.Grains;

/// <summary>Grains one message at a time, in order, whatever callers do.</summary>
public sealed class GrainTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly GrainProbe probe = new();
    private readonly MemoryGrainStorage storage = new();
    private readonly ManualTime time = new();
    private readonly LocalGrains grains;

    public GrainTests() => grains = Host(storage);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await grains.DisposeAsync().AsTask().WaitAsync(Limit);

    [Fact]
    public async Task Thousands_of_calls_at_once_are_handled_one_at_a_time()
    {
        const int callers = 50;
        const int calls = 100;
        await Together(callers, async _ =>
        {
            for (int call = 0; call < calls; call++)
                await grains.Get<ICounterGrain>("one").AddAsync(1);
        });

        Assert.Equal(callers * calls, await Value("one"));
        Assert.Equal(0, probe.Overlaps);
        Assert.Equal(1, probe.Created);
    }

    [Fact]
    public async Task Calls_of_one_caller_keep_their_order_even_if_it_does_not_await_them()
    {
        const int callers = 8;
        const int calls = 2000; // more than a mailbox holds
        await Together(callers, caller =>
        {
            ICounterGrain grain = grains.Get<ICounterGrain>("one");
            return Task.WhenAll(Enumerable.Range(0, calls).Select(number => grain.NoteAsync(caller, number)).ToArray());
        });

        int[] next = new int[callers];
        string[] notes = (await grains.Get<ICounterGrain>("one").SeenAsync().WaitAsync(Limit)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(callers * calls, notes.Length);
        foreach (string note in notes)
        {
            int[] parts = [.. note.Split(':').Select(int.Parse)];
            Assert.Equal(next[parts[0]]++, parts[1]);
        }

        Assert.Equal(0, probe.Overlaps);
    }

    [Fact]
    public async Task Grains_with_different_keys_work_at_the_same_time_and_know_nothing_of_each_other()
    {
        Task waiting = grains.Get<ICounterGrain>("a").WaitAsync("gate");
        await probe.AtGate("gate").WaitAsync(Limit);

        Assert.Equal(5, await grains.Get<ICounterGrain>("b").AddAsync(5).WaitAsync(Limit));
        probe.Open("gate");
        await waiting.WaitAsync(Limit);
        Assert.Equal(0, await Value("a"));
    }

    [Fact]
    public async Task State_survives_the_process()
    {
        await grains.Get<ICounterGrain>("one").AddAsync(3).WaitAsync(Limit);
        await grains.Get<ICounterGrain>("one").AddAsync(4).WaitAsync(Limit);

        await using LocalGrains later = Host(storage);
        Assert.Equal(7, await later.Get<ICounterGrain>("one").ValueAsync().WaitAsync(Limit));
    }

    [Fact]
    public async Task An_exception_reaches_the_caller_and_the_grain_goes_on()
    {
        ICounterGrain grain = grains.Get<ICounterGrain>("one");
        await grain.AddAsync(3).WaitAsync(Limit);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => grain.FailAsync("as asked").WaitAsync(Limit));

        Assert.Equal("as asked", failure.Message);
        Assert.Equal(4, await grain.AddAsync(1).WaitAsync(Limit));
        Assert.Equal(1, probe.Created);
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_released_and_its_message_is_not_begun()
    {
        ICounterGrain grain = grains.Get<ICounterGrain>("one");
        Task first = grain.WaitAsync("gate");
        await probe.AtGate("gate").WaitAsync(Limit);
        using var cancel = new CancellationTokenSource();
        Task<int> second = grain.AddAsync(10, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Limit));
        Assert.False(first.IsCompleted);
        probe.Open("gate");
        await first.WaitAsync(Limit);
        Assert.Equal(0, await Value("one"));
    }

    [Fact]
    public async Task A_message_under_way_sees_its_callers_token()
    {
        using var cancel = new CancellationTokenSource();
        Task waiting = grains.Get<ICounterGrain>("one").WaitAsync("never", cancel.Token);
        await probe.AtGate("never").WaitAsync(Limit);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Limit));
        Assert.Equal(1, await grains.Get<ICounterGrain>("one").AddAsync(1).WaitAsync(Limit)); // the gate is still shut, and the grain is free
    }

    [Fact]
    public async Task A_grain_that_calls_itself_is_told_instead_of_waiting_for_ever()
    {
        ICounterGrain grain = grains.Get<ICounterGrain>("one");

        var direct = await Assert.ThrowsAsync<GrainReentrancyException>(() => grain.CallOtherAsync("one").WaitAsync(Limit));
        await Assert.ThrowsAsync<GrainReentrancyException>(() => grain.CallThroughAsync("two").WaitAsync(Limit));

        Assert.Contains("counter 'one'", direct.Message, StringComparison.Ordinal);
        Assert.Equal(0, await grain.CallOtherAsync("two").WaitAsync(Limit));
    }

    [Fact]
    public async Task What_a_message_leaves_running_may_call_the_grain_when_the_message_is_done()
    {
        await grains.Get<ICounterGrain>("one").LeaveRunningAsync("later").WaitAsync(Limit);
        await grains.Get<ICounterGrain>("one").AddAsync(2).WaitAsync(Limit);

        probe.Open("later");

        Assert.Equal(2, await probe.LeftRunning!.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_writer_that_someone_else_overtook_is_found_out_and_the_next_message_sees_what_is_stored()
    {
        await using LocalGrains other = Host(storage);
        await grains.Get<ICounterGrain>("one").AddAsync(1).WaitAsync(Limit);
        Assert.Equal(11, await other.Get<ICounterGrain>("one").AddAsync(10).WaitAsync(Limit));

        var conflict = await Assert.ThrowsAsync<GrainStateConflictException>(() => grains.Get<ICounterGrain>("one").AddAsync(1).WaitAsync(Limit));

        Assert.Equal((1, 2), (conflict.Expected, conflict.Found));
        Assert.Equal(11, await Value("one"));
        Assert.Equal(12, await grains.Get<ICounterGrain>("one").AddAsync(1).WaitAsync(Limit));
    }

    [Fact]
    public async Task Messages_behind_the_one_that_found_the_conflict_go_to_the_next_activation()
    {
        await using LocalGrains other = Host(storage);
        ICounterGrain grain = grains.Get<ICounterGrain>("one");
        await grain.AddAsync(1).WaitAsync(Limit);
        await other.Get<ICounterGrain>("one").AddAsync(10).WaitAsync(Limit);
        Task blocked = grain.WaitAsync("gate");
        await probe.AtGate("gate").WaitAsync(Limit);
        Task<int> loser = grain.AddAsync(100);
        Task<int> behind = grain.AddAsync(1000);

        probe.Open("gate");
        await blocked.WaitAsync(Limit);

        await Assert.ThrowsAsync<GrainStateConflictException>(() => loser.WaitAsync(Limit));
        Assert.Equal(1011, await behind.WaitAsync(Limit));
    }

    [Fact]
    public async Task Idle_grains_leave_memory_and_come_back_with_their_state()
    {
        await grains.Get<ICounterGrain>("idle").AddAsync(1).WaitAsync(Limit);
        await grains.Get<ICounterGrain>("held").HoldAsync(true).WaitAsync(Limit);
        time.Advance(100);
        await grains.Get<ICounterGrain>("busy").AddAsync(1).WaitAsync(Limit);

        Assert.Equal(1, await grains.DeactivateIdleAsync(TimeSpan.FromSeconds(60), CancellationToken.None).WaitAsync(Limit));

        Assert.Equal(2, grains.Activations);
        Assert.Equal(2, await grains.Get<ICounterGrain>("idle").AddAsync(1).WaitAsync(Limit));
        Assert.Equal(4, probe.Created);
    }

    [Fact]
    public async Task Deactivation_in_the_middle_of_calls_loses_none()
    {
        using var stop = new CancellationTokenSource();
        Task deactivating = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await grains.DeactivateIdleAsync(TimeSpan.Zero, CancellationToken.None);
        });

        await Together(20, async _ =>
        {
            for (int call = 0; call < 100; call++)
                await grains.Get<ICounterGrain>("one").AddAsync(1);
        });
        await stop.CancelAsync();
        await deactivating.WaitAsync(Limit);

        Assert.Equal(2000, await Value("one"));
        Assert.Equal(0, probe.Overlaps);
    }

    [Fact]
    public void An_interface_whose_methods_are_no_messages_is_refused()
    {
        var failure = Assert.Throws<ArgumentException>(() => new LocalGrains(storage, time).Register<INoGrain>("none", _ => throw new InvalidOperationException()));
        Assert.Contains("INoGrain.Now returns Int32", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => grains.Get<INoGrain>("x"));
        Assert.Throws<ArgumentException>(() => grains.Get<ICounterGrain>(""));
        Assert.Throws<ArgumentException>(() => grains.Get<ICounterGrain>(new string('x', 300)));
    }

    private LocalGrains Host(IGrainStorage where) => new LocalGrains(where, time).Register<ICounterGrain>("counter", context =>
    {
        probe.Created++;
        return new CounterGrain(context, probe);
    });

    private Task<int> Value(string key) => grains.Get<ICounterGrain>(key).ValueAsync().WaitAsync(Limit);

    private static Task Together(int callers, Func<int, Task> call) => Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => call(caller)))).WaitAsync(Limit);

    internal interface INoGrain : IGrain
    {
        int Now();
    }
}
