using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Protocol.Transfer;

/// <summary>The calls of <c>federated.v1.Transfer</c>, as <see cref="TransferClient"/> makes them. Every call fails with <see cref="RpcException"/>, and ends with its token.</summary>
public interface ITransferConnection
{
    /// <summary>Asks for a blob from an offset on.</summary>
    IFetchStream Fetch(FetchRequest request, CancellationToken cancel);

    /// <summary>Asks how much of an upload has arrived.</summary>
    Task<UploadState> InquireAsync(UploadName name, CancellationToken cancel);

    /// <summary>Opens a stream of an upload's parts.</summary>
    IUploadStream Upload(CancellationToken cancel);
}
