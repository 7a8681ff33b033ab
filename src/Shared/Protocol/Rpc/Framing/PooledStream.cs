using System.Buffers;

namespace Federated.Protocol.Rpc;

/// <summary>A stream to write into that keeps its bytes in an array of the pool, behind some bytes left free for a prefix.</summary>
internal sealed class PooledStream : Stream
{
    private readonly int reserve;
    private byte[] buffer;
    private int end;

    public PooledStream(int reserve, int capacity)
    {
        this.reserve = reserve;
        buffer = ArrayPool<byte>.Shared.Rent(reserve + capacity);
        end = reserve;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => end - reserve;

    public override long Position
    {
        get => Length;
        set => throw new NotSupportedException();
    }

    /// <summary>The array, which now is the caller's to give back, and the number of bytes written.</summary>
    public byte[] Detach(out int length)
    {
        length = end - reserve;
        byte[] detached = buffer;
        buffer = [];
        return detached;
    }

    public override void Write(ReadOnlySpan<byte> source)
    {
        if (source.Length > buffer.Length - end)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(end + source.Length), (int)Math.Min(2L * buffer.Length, Array.MaxLength)));
            buffer.AsSpan(0, end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        source.CopyTo(buffer.AsSpan(end));
        end += source.Length;
    }

    public override void Write(byte[] source, int offset, int count) => Write(source.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] target, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        base.Dispose(disposing);
    }
}
