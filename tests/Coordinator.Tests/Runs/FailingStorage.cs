using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Tests.Runs;

/// <summary>A disk with room for a given number of bytes: a write beyond it stores what fits and fails, as the operating system does.</summary>
internal sealed class FailingStorage(long room)
{
    public long Room { get; set; } = room;

    public DurableFiles Files => new((path, mode) => new Limited(this, new FileStream(path, mode, FileAccess.Write)));

    private sealed class Limited(FailingStorage storage, FileStream file) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => file.Length;
        public override long Position { get => file.Position; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count)
        {
            int fits = (int)Math.Min(count, storage.Room);
            file.Write(buffer, offset, fits);
            storage.Room -= fits;
            if (fits < count)
                throw new IOException("No space left on device");
        }

        public override void Flush() => file.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }
    }
}
