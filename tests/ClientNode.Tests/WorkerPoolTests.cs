using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Xunit;

namespace Federated.ClientNode.Tests;

public sealed class WorkerPoolTests
{
    private static readonly ExperimentContext Context = ExperimentContext.Create(
        new ExperimentSpec { Data = new DataSpec { Set = "synthetic" }, Model = new ModelSpec { Name = "logistic-regression" }, Clients = new ClientsSpec { Count = 2 } },
        SyntheticSet.Create(new SyntheticOptions()));

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Every_item_is_done_exactly_once(int workers)
    {
        using var pool = new WorkerPool(Context, workers);
        int[] done = new int[50];
        await pool.RunAsync(50, (_, item) => Interlocked.Increment(ref done[item]), CancellationToken.None).WaitAsync(Limit);
        Assert.All(done, times => Assert.Equal(1, times));
    }

    [Fact]
    public async Task A_workspace_serves_one_item_at_a_time()
    {
        using var pool = new WorkerPool(Context, 3);
        var busy = new System.Collections.Concurrent.ConcurrentDictionary<Worker, int>();
        await pool.RunAsync(
            60,
            (worker, _) =>
            {
                Assert.Equal(1, busy.AddOrUpdate(worker, 1, static (_, users) => users + 1));
                busy[worker] = 0;
            },
            CancellationToken.None).WaitAsync(Limit);
        Assert.InRange(busy.Count, 1, 3);
    }

    [Fact]
    public async Task A_failure_stops_the_others_and_is_the_failure_of_the_whole()
    {
        using var pool = new WorkerPool(Context, 1);
        int done = 0;
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => pool.RunAsync(
            10,
            (_, item) =>
            {
                if (item == 3)
                    throw new InvalidOperationException("item 3");
                done++;
            },
            CancellationToken.None).WaitAsync(Limit));
        Assert.Equal("item 3", failure.Message);
        Assert.Equal(3, done);
    }

    [Fact]
    public async Task A_cancelled_pool_does_no_further_item()
    {
        using var pool = new WorkerPool(Context, 1);
        using var cancel = new CancellationTokenSource();
        int done = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.RunAsync(
            10,
            (_, item) =>
            {
                done++;
                if (item == 4)
                    cancel.Cancel();
            },
            cancel.Token).WaitAsync(Limit));
        Assert.Equal(5, done);
    }

    [Fact]
    public async Task Threads_and_workspaces_serve_one_piece_of_work_after_another()
    {
        using var pool = new WorkerPool(Context, 2);
        var threads = new System.Collections.Concurrent.ConcurrentDictionary<Thread, Worker>();
        for (int piece = 0; piece < 20; piece++)
            await pool.RunAsync(piece, (worker, _) => Assert.Same(worker, threads.GetOrAdd(Thread.CurrentThread, worker)), CancellationToken.None).WaitAsync(Limit);
        Assert.InRange(threads.Count, 1, 2);
        Assert.Equal(threads.Count, threads.Values.Distinct().Count());
    }

    [Fact]
    public async Task A_worker_that_is_held_up_leaves_its_list_to_the_others()
    {
        using var pool = new WorkerPool(Context, 2);
        using var othersDone = new ManualResetEventSlim();
        int left = 19;
        // Item 0 waits until all others are done, half of which are on the list of the worker that it holds up.
        await pool.RunAsync(
            20,
            (_, item) =>
            {
                if (item == 0)
                    Assert.True(othersDone.Wait(Limit));
                else if (Interlocked.Decrement(ref left) == 0)
                    othersDone.Set();
            },
            CancellationToken.None).WaitAsync(Limit);
        Assert.Equal(0, left);
    }

    [Fact]
    public async Task A_worker_that_is_through_goes_on_to_the_next_piece_while_another_finishes_the_first()
    {
        using var pool = new WorkerPool(Context, 2);
        using var secondDone = new ManualResetEventSlim();
        int left = 8;
        // Item 0 of the first piece waits until the second piece is done, which only the other worker can do.
        Task first = pool.RunAsync(2, (_, item) => Assert.True(item == 1 || secondDone.Wait(Limit)), CancellationToken.None);
        Task second = pool.RunAsync(
            8,
            (_, _) =>
            {
                if (Interlocked.Decrement(ref left) == 0)
                    secondDone.Set();
            },
            CancellationToken.None);
        await second.WaitAsync(Limit);
        await first.WaitAsync(Limit);
        Assert.Equal(0, left);
    }

    [Fact]
    public async Task A_small_piece_goes_to_a_worker_that_has_nothing_to_do()
    {
        using var pool = new WorkerPool(Context, 2);
        using var secondDone = new ManualResetEventSlim();
        Task first = pool.RunAsync(1, (_, _) => Assert.True(secondDone.Wait(Limit)), CancellationToken.None);
        await pool.RunAsync(1, static (_, _) => { }, CancellationToken.None).WaitAsync(Limit);
        secondDone.Set();
        await first.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_cancelled_piece_that_waits_for_the_first_does_nothing()
    {
        using var pool = new WorkerPool(Context, 1);
        using var go = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        bool done = false;
        Task first = pool.RunAsync(1, (_, _) => Assert.True(go.Wait(Limit)), CancellationToken.None);
        Task second = pool.RunAsync(1, (_, _) => done = true, cancel.Token);
        await cancel.CancelAsync();
        go.Set();
        await first.WaitAsync(Limit);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Limit));
        Assert.False(done);
    }

    [Fact]
    public async Task A_third_piece_of_work_at_the_same_time_is_refused_and_the_others_go_on()
    {
        using var pool = new WorkerPool(Context, 1);
        using var go = new ManualResetEventSlim();
        int done = 0;
        Task first = pool.RunAsync(1, (_, _) => Assert.True(go.Wait(Limit)), CancellationToken.None);
        Task second = pool.RunAsync(1, (_, _) => done++, CancellationToken.None);
        Assert.Throws<InvalidOperationException>(() => { _ = pool.RunAsync(1, static (_, _) => { }, CancellationToken.None); });
        go.Set();
        await first.WaitAsync(Limit);
        await second.WaitAsync(Limit);
        await pool.RunAsync(1, (_, _) => done++, CancellationToken.None).WaitAsync(Limit);
        Assert.Equal(2, done);
    }

    [Fact]
    public async Task The_failure_that_came_first_counts_and_not_that_others_were_stopped_by_it()
    {
        using var pool = new WorkerPool(Context, 2);
        using var failing = new ManualResetEventSlim();
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => pool.RunAsync(
            2,
            (_, item) =>
            {
                if (item == 1)
                {
                    failing.Set();
                    throw new InvalidOperationException("item 1");
                }

                Assert.True(failing.Wait(Limit));
            },
            CancellationToken.None).WaitAsync(Limit));
        Assert.Equal("item 1", failure.Message);
        await pool.RunAsync(4, static (_, _) => { }, CancellationToken.None).WaitAsync(Limit); // and the pool works on
    }

    [Fact]
    public async Task The_peak_of_a_worker_counts_its_arena_and_the_momentum_of_every_kept_value()
    {
        using var pool = new WorkerPool(Context, 2);
        Assert.Equal(0, pool.PeakWorkerBytes);
        long arena = 0;
        await pool.RunAsync(
            1,
            (worker, _) =>
            {
                worker.Network.SetMask(Context.DenseMask);
                arena = worker.Network.ArenaBytes;
            },
            CancellationToken.None).WaitAsync(Limit);
        Assert.Equal(arena + (4 * ((784 * 10) + 10)), pool.PeakWorkerBytes);
    }
}
