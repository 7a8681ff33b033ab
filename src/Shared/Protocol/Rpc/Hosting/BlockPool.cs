using System.Buffers;
using System.Runtime.InteropServices;

namespace Federated.Protocol.Rpc;

/// <summary>
/// Memory that connections receive into and send from, in blocks of one size that are used again. Kestrel's own blocks have 4 KiB, and a connection receives at most one block with a call of the system: a message of
/// 10 KB takes three and one of 1 MB takes 256. All members may be used by several threads at once.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>
{
    /// <summary>Room for one of HTTP/2's largest frames as peers send them (16 KiB and 9 bytes) and what came with it; more gained nothing, and every connection in use has a few blocks.</summary>
    public const int BlockBytes = 32 << 10;

    private readonly Lock gate = new();
    // What was given back last goes out first: it is in the processor's cache.
    private readonly Stack<Block> free = new();
    private readonly TimeSpan period;
    private readonly ITimer trimming;
    private int leastFree;

    /// <param name="time">Clock of the trimming.</param>
    /// <param name="period">How often blocks that were not needed are given up.</param>
    public BlockPool(TimeProvider time, TimeSpan period)
    {
        this.period = period;
        trimming = time.CreateTimer(static state => ((BlockPool)state!).Trim(), this, period, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <summary>Blocks that nobody has.</summary>
    internal int Free
    {
        get
        {
            lock (gate)
                return free.Count;
        }
    }

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        lock (gate)
        {
            if (free.TryPop(out Block? block))
            {
                leastFree = Math.Min(leastFree, free.Count);
                return block;
            }
        }

        return new Block(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        trimming.Dispose();
        lock (gate)
            free.Clear();
    }

    /// <summary>Gives up half of the blocks that nobody has needed since the last time.</summary>
    private void Trim()
    {
        lock (gate)
        {
            for (int surplus = leastFree / 2; surplus > 0; surplus--)
                free.Pop();
            leastFree = free.Count;
        }

        trimming.Change(period, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A block; whoever has it gives it back by disposing of it.</summary>
    private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
    {
        // Pinned for ever: the system reads and writes it without pinning it for each call.
        private readonly byte[] bytes = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

        public Memory<byte> Memory => MemoryMarshal.CreateFromPinnedArray(bytes, 0, bytes.Length);

        public void Dispose()
        {
            lock (pool.gate)
                pool.free.Push(this);
        }
    }
}
