using Federated.Protocol.Faults;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>The calls of another connection, with a place in the middle of every upload at which a test can kill the node.</summary>
internal sealed class HalfwayConnection(ITransferConnection inner) : ITransferConnection
{
    /// <inheritdoc/>
    public IFetchStream Fetch(FetchRequest request, CancellationToken cancel) => inner.Fetch(request, cancel);

    /// <inheritdoc/>
    public Task<UploadState> InquireAsync(UploadName name, CancellationToken cancel) => inner.InquireAsync(name, cancel);

    /// <inheritdoc/>
    public IUploadStream Upload(CancellationToken cancel) => new Stream(inner.Upload(cancel));

    private sealed class Stream(IUploadStream inner) : IUploadStream
    {
        private ulong length;
        private bool isPast;

        public ValueTask WriteAsync(UploadPart message, CancellationToken cancel = default)
        {
            if (message.Open is { } name)
                length = name.Length;
            else if (!isPast && message.Chunk is { } chunk && (chunk.Offset + (ulong)chunk.Data.Length) * 2 >= length)
            {
                // Before the chunk that brings it past the half: an upload of one chunk is open, and empty.
                isPast = true;
                FaultPoint.Reach(FaultPoints.NodeUploadHalf);
            }

            return inner.WriteAsync(message, cancel);
        }

        public Task<UploadState> CompleteAsync(CancellationToken cancel) => inner.CompleteAsync(cancel);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
