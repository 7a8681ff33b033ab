using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;

namespace Federated.Bench.Transfer;

/// <summary>Some files to fetch; whatever is uploaded is taken and given up at once.</summary>
internal sealed class FileShelf : IBlobSource, IUploadGate
{
    private readonly Dictionary<BlobDigest, Blob> blobs = [];

    /// <summary>Offers a blob.</summary>
    public void Add(Blob blob) => blobs[blob.Digest] = blob;

    /// <inheritdoc/>
    public ValueTask<Blob?> FindAsync(BlobName name, ServerCall call) => ValueTask.FromResult(blobs.GetValueOrDefault(name.Digest));

    /// <inheritdoc/>
    public ValueTask<UploadPermit> AdmitAsync(UploadKey upload, ServerCall call) => ValueTask.FromResult(new UploadPermit(long.MaxValue));

    /// <inheritdoc/>
    public ValueTask TakeAsync(UploadKey upload, Blob blob, ServerCall call)
    {
        blob.Dispose();
        return ValueTask.CompletedTask;
    }
}
