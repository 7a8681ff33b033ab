using Federated.Protocol.Rpc;

namespace Federated.Protocol.Transfer;

/// <summary>
/// The client half of <c>federated.v1.Transfer</c>: fetches blobs into a spool and uploads blobs, over connections that may break at any time. What has arrived is never sent again; every chunk and the
/// whole are verified. Safe to use from several threads; of several fetches of the same thing at the same time, one crosses.
/// </summary>
/// <param name="connection">The calls.</param>
/// <param name="spool">Where blobs arrive.</param>
/// <param name="options">How patient it is.</param>
/// <param name="time">Measures silence and pauses.</param>
public sealed class TransferClient(ITransferConnection connection, BlobSpool spool, TransferOptions options, TimeProvider time)
{
    private readonly NameTurns<BlobName> turns = new();

    /// <summary>Fetches a payload whose length is known; one that the spool holds does not cross again. The blob stays in the spool until it is disposed.</summary>
    /// <param name="run">The run.</param>
    /// <param name="digest">SHA-256 of the payload's bytes.</param>
    /// <param name="length">Its length.</param>
    /// <param name="limit">The longest payload that is taken.</param>
    /// <param name="cancel">Ends the fetch; what has arrived is given up.</param>
    /// <exception cref="TransferException">It did not arrive; <see cref="TransferException.Error"/> says why.</exception>
    public Task<Blob> FetchAsync(string run, BlobDigest digest, long length, long limit, CancellationToken cancel = default) =>
        FetchAsync(BlobName.Payload(run, digest), length, limit, cancel);

    /// <summary>Fetches something that clients keep, by the digest of its content. It crosses as a payload whose bytes have a digest of their own: what is in it is for the caller to verify.</summary>
    /// <param name="run">The run.</param>
    /// <param name="digest">The digest that references name it with.</param>
    /// <param name="limit">The longest payload that is taken.</param>
    /// <param name="cancel">Ends the fetch; what has arrived is given up.</param>
    /// <exception cref="TransferException">It did not arrive; <see cref="TransferException.Error"/> says why.</exception>
    public Task<Blob> FetchKeptAsync(string run, BlobDigest digest, long limit, CancellationToken cancel = default) =>
        FetchAsync(BlobName.Kept(run, digest), length: null, limit, cancel);

    /// <summary>Uploads the answer to a list. When it returns, the server has taken it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="list">The list.</param>
    /// <param name="blob">The answer, which stays the caller's.</param>
    /// <param name="cancel">Ends the upload; what has arrived stays with the server.</param>
    /// <exception cref="TransferException">It was not taken; <see cref="TransferException.Error"/> says why, the inner <see cref="RpcException"/> with which status.</exception>
    public Task UploadAsync(string run, ulong list, Blob blob, CancellationToken cancel = default) =>
        new Sending(connection, new UploadKey(run, list, blob.Digest, blob.Length), blob, options, time).RunAsync(cancel);

    private async Task<Blob> FetchAsync(BlobName name, long? length, long limit, CancellationToken cancel)
    {
        using IDisposable turn = await turns.TakeAsync(name, cancel);
        return !name.IsKept && spool.TryFind(name.Digest, out Blob? here)
            ? here
            : await new Fetch(connection, spool, name, length, limit, options, time).RunAsync(cancel);
    }
}
