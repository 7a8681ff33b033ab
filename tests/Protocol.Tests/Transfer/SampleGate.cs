using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;

namespace Federated.Protocol.Tests.Transfer;

/// <summary>Allows every upload up to a limit, unless a test says otherwise, and keeps what was handed over.</summary>
internal sealed class SampleGate : IUploadGate, IBlobSource
{
    public long Limit { get; set; } = 1 << 26;

    public RpcException? Refusal { get; set; }

    public RpcException? RefusalAtTheEnd { get; set; }

    public List<(UploadKey Upload, byte[] Content)> Taken { get; } = [];

    public Dictionary<BlobName, Blob> Blobs { get; } = [];

    public ValueTask<UploadPermit> AdmitAsync(UploadKey upload, ServerCall call) => Refusal is null ? ValueTask.FromResult(new UploadPermit(Limit)) : throw Refusal;

    public async ValueTask TakeAsync(UploadKey upload, Blob blob, ServerCall call)
    {
        if (RefusalAtTheEnd is not null)
            throw RefusalAtTheEnd;
        Taken.Add((upload, (await blob.LoadAsync(Limit)).ToArray()));
        blob.Dispose();
    }

    public ValueTask<Blob?> FindAsync(BlobName name, ServerCall call) => ValueTask.FromResult(Blobs.GetValueOrDefault(name));
}
