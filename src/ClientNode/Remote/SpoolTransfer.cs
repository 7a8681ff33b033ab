using System.Runtime.InteropServices;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>What is large, over the coordinator's <c>Transfer</c> service. Arrives in a spool, from which it moves into memory when it is whole and verified.</summary>
internal sealed class SpoolTransfer(TransferClient client) : INodeTransfer
{
    /// <inheritdoc/>
    public Task<byte[]> FetchPayloadAsync(string run, ReadOnlyMemory<byte> sha256, long length, CancellationToken cancel) =>
        LoadAsync(() => client.FetchAsync(run, new BlobDigest(sha256.Span), length, length, cancel), length, cancel);

    /// <inheritdoc/>
    public Task<byte[]> FetchKeptAsync(string run, ReadOnlyMemory<byte> digest, long longest, CancellationToken cancel) =>
        LoadAsync(() => client.FetchKeptAsync(run, new BlobDigest(digest.Span), longest, cancel), longest, cancel);

    /// <inheritdoc/>
    public async Task UploadAsync(UploadName name, ReadOnlyMemory<byte> answer, CancellationToken cancel)
    {
        using Blob blob = Blob.FromMemory(answer, new BlobDigest(name.Sha256.Span));
        try
        {
            await client.UploadAsync(name.Run, name.List, blob, cancel);
        }
        catch (TransferException problem) when (IsFinal(problem.Error))
        {
            bool isUnwanted = problem.InnerException is RpcException { Code: RpcStatusCode.FailedPrecondition or RpcStatusCode.NotFound };
            throw new TransferRefusedException(problem.Message, problem) { IsUnwanted = isUnwanted };
        }
    }

    private static async Task<byte[]> LoadAsync(Func<Task<Blob>> fetch, long longest, CancellationToken cancel)
    {
        try
        {
            using Blob blob = await fetch();
            ReadOnlyMemory<byte> bytes = await blob.LoadAsync(longest, cancel);
            return MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) && segment.Array is { } array && array.Length == segment.Count ? array : bytes.ToArray();
        }
        catch (TransferException problem) when (IsFinal(problem.Error))
        {
            throw new TransferRefusedException(problem.Message, problem);
        }
    }

    // What may be otherwise in a while: the coordinator is there again, the spool has room, another stream has ended.
    private static bool IsFinal(TransferError error) => error is not (
        TransferError.Unreachable or TransferError.Silent or TransferError.OverBudget or TransferError.TakenOver or TransferError.WrongChecksum or TransferError.WrongOffset);
}
