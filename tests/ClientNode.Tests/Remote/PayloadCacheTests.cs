using Federated.ClientNode.Remote;
using Federated.Protocol.V1;
using Google.Protobuf;
using Xunit;

namespace Federated.ClientNode.Tests.Remote;

public sealed class PayloadCacheTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static PayloadForm Form(byte name) => new() { Sha256 = ByteString.CopyFrom([.. Enumerable.Repeat(name, 32)]), Length = 1 };

    private static string Name(byte name) => Convert.ToHexStringLower([.. Enumerable.Repeat(name, 32)]);

    [Fact]
    public async Task Whoever_asks_at_the_same_time_or_later_shares_one_fetch_and_one_array()
    {
        var go = new TaskCompletionSource<byte[]>();
        int fetches = 0;
        using var cache = new PayloadCache((_, _) =>
        {
            Interlocked.Increment(ref fetches);
            return go.Task;
        });
        Task<byte[]>[] asked = [.. Enumerable.Range(0, 5).Select(_ => cache.GetAsync(Form(1), CancellationToken.None))];
        byte[] bytes = [7];
        go.SetResult(bytes);
        foreach (Task<byte[]> got in asked)
            Assert.Same(bytes, await got.WaitAsync(Limit));
        Assert.Same(bytes, await cache.GetAsync(Form(1), CancellationToken.None).WaitAsync(Limit));
        Assert.Equal(1, fetches);
    }

    [Fact]
    public async Task A_fetch_that_failed_is_made_again_for_who_asks_next()
    {
        int fetches = 0;
        using var cache = new PayloadCache((_, _) => ++fetches == 1 ? Task.FromException<byte[]>(new IOException("lost")) : Task.FromResult<byte[]>([1]));
        await Assert.ThrowsAsync<IOException>(() => cache.GetAsync(Form(1), CancellationToken.None).WaitAsync(Limit));
        Assert.Equal([1], await cache.GetAsync(Form(1), CancellationToken.None).WaitAsync(Limit));
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public async Task Who_waits_no_more_does_not_end_the_fetch_of_the_others()
    {
        var go = new TaskCompletionSource<byte[]>();
        using var cache = new PayloadCache((_, _) => go.Task);
        using var impatient = new CancellationTokenSource();
        Task<byte[]> first = cache.GetAsync(Form(1), impatient.Token);
        Task<byte[]> second = cache.GetAsync(Form(1), CancellationToken.None);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Limit));
        go.SetResult([3]);
        Assert.Equal([3], await second.WaitAsync(Limit));
    }

    [Fact]
    public async Task What_is_not_kept_is_dropped_and_its_fetch_ended()
    {
        using var cache = new PayloadCache(async (_, cancel) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            return [];
        });
        Task<byte[]> dropped = cache.GetAsync(Form(1), CancellationToken.None);
        Task<byte[]> kept = cache.GetAsync(Form(2), CancellationToken.None);
        cache.Keep(new HashSet<string>(StringComparer.Ordinal) { Name(2) });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dropped.WaitAsync(Limit));
        Assert.Equal(1, cache.Count);
        Assert.False(kept.IsCompleted);
    }
}
