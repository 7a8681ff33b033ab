using System.Buffers;
using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Xunit;

namespace Federated.Rpc.Tests;

public sealed class BlockPoolTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_block_is_whole_and_used_again()
    {
        using var pool = new BlockPool(new SteppedTime(), Period);
        IMemoryOwner<byte> first = pool.Rent(4096);
        Assert.Equal(BlockPool.BlockBytes, first.Memory.Length);
        IMemoryOwner<byte> second = pool.Rent();
        Assert.NotSame(first, second);

        first.Dispose();

        Assert.Equal(1, pool.Free);
        Assert.Same(first, pool.Rent());
        Assert.Equal(0, pool.Free);
    }

    [Fact]
    public void More_than_a_block_is_refused()
    {
        using var pool = new BlockPool(new SteppedTime(), Period);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(pool.MaxBufferSize + 1));
    }

    /// <summary>Eight blocks after a burst, of which two stay in use: six that nobody needs shrink by half in every period.</summary>
    [Fact]
    public void What_a_burst_needed_is_given_up_little_by_little()
    {
        var time = new SteppedTime();
        using var pool = new BlockPool(time, Period);
        IMemoryOwner<byte>[] burst = [.. Enumerable.Range(0, 8).Select(_ => pool.Rent())];
        foreach (IMemoryOwner<byte> block in burst)
            block.Dispose();
        IMemoryOwner<byte>[] used = [pool.Rent(), pool.Rent()];

        time.Advance(Period); // until now none was free at one moment
        Assert.Equal(6, pool.Free);
        time.Advance(Period);
        Assert.Equal(3, pool.Free);
        time.Advance(Period);
        Assert.Equal(2, pool.Free);
        Array.ForEach(used, static block => block.Dispose());
        Assert.Equal(4, pool.Free);
    }
}
