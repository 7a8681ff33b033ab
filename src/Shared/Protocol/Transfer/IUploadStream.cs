using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Protocol.Transfer;

/// <summary>The parts of an upload as they are sent; disposing it ends the call.</summary>
public interface IUploadStream : IRpcWriter<UploadPart>, IAsyncDisposable
{
    /// <summary>Says that all is sent and waits for the server's answer. Also tells how the call ended when a write failed because the server had answered already.</summary>
    Task<UploadState> CompleteAsync(CancellationToken cancel);
}
