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
}
