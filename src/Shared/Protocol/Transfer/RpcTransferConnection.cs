using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Protocol.Transfer;

/// <summary>The calls of <c>federated.v1.Transfer</c> over a channel.</summary>
/// <param name="channel">The channel, which stays the caller's.</param>
/// <param name="options">For every call: an authorization, whether it waits for the server to be there.</param>
public sealed class RpcTransferConnection(RpcChannel channel, RpcCallOptions? options = null) : ITransferConnection
{
    private static readonly RpcMethod<FetchRequest, Chunk> FetchMethod = RpcMethod.Of<FetchRequest, Chunk>(TransferReflection.Descriptor.Services[0], "Fetch");
    private static readonly RpcMethod<UploadName, UploadState> InquireMethod = RpcMethod.Of<UploadName, UploadState>(TransferReflection.Descriptor.Services[0], "Inquire");
    private static readonly RpcMethod<UploadPart, UploadState> UploadMethod = RpcMethod.Of<UploadPart, UploadState>(TransferReflection.Descriptor.Services[0], "Upload");

    /// <inheritdoc/>
    public IFetchStream Fetch(FetchRequest request, CancellationToken cancel) => new FetchStream(channel.ServerStreaming(FetchMethod, request, options, cancel));

    /// <inheritdoc/>
    public Task<UploadState> InquireAsync(UploadName name, CancellationToken cancel) => channel.UnaryAsync(InquireMethod, name, options, cancel);

    /// <inheritdoc/>
    public IUploadStream Upload(CancellationToken cancel) => new UploadStream(channel.ClientStreaming(UploadMethod, options, cancel));

    private sealed class FetchStream(ServerStreamingCall<Chunk> call) : IFetchStream
    {
        public ValueTask<Chunk?> ReadAsync(CancellationToken cancel = default) => call.ReadAsync(cancel);

        public ValueTask DisposeAsync() => call.DisposeAsync();
    }

    private sealed class UploadStream(ClientStreamingCall<UploadPart, UploadState> call) : IUploadStream
    {
        public ValueTask WriteAsync(UploadPart message, CancellationToken cancel = default) => call.WriteAsync(message, cancel);

        public Task<UploadState> CompleteAsync(CancellationToken cancel) => call.CompleteAsync().WaitAsync(cancel);

        public ValueTask DisposeAsync() => call.DisposeAsync();
    }
}
