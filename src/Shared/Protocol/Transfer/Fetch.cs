using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Protocol.Transfer;

/// <summary>One blob on its way from the server, over as many streams as it takes.</summary>
/// <param name="connection">The calls.</param>
/// <param name="spool">Where it arrives.</param>
/// <param name="name">What is fetched.</param>
/// <param name="length">Its length; null where the server says it.</param>
/// <param name="limit">The longest that is taken.</param>
/// <param name="options">How patient it is.</param>
/// <param name="time">Measures silence and pauses.</param>
internal sealed class Fetch(ITransferConnection connection, BlobSpool spool, BlobName name, long? length, long limit, TransferOptions options, TimeProvider time)
{
    private BlobDraft? draft;

    /// <summary>Fetches it.</summary>
    public async Task<Blob> RunAsync(CancellationToken cancel)
    {
        Retries retries = new(name.ToString(), options, time);
        bool wasWrong = false;
        try
        {
            if (length is long known)
                draft = Begin(known);
            while (true)
            {
                long before = draft?.Received ?? 0;
                Exception failure;
                try
                {
                    return await TryAsync(cancel);
                }
                catch (TransferException problem) when (problem.Error is TransferError.WrongChecksum or TransferError.Silent || (problem.Error == TransferError.WrongDigest && !wasWrong))
                {
                    failure = problem;
                    if (problem.Error == TransferError.WrongDigest)
                    {
                        // Each chunk was what its checksum says, and the whole is not: the pieces may be of two contents. Once more from the start; then it is the server's fault.
                        wasWrong = true;
                        before = 0;
                        draft = Begin(draft!.Length);
                    }
                }
                catch (RpcException problem)
                {
                    cancel.ThrowIfCancellationRequested();
                    failure = Retries.CanMend(problem) ? problem : throw retries.Final(problem);
                }

                await retries.PauseAsync((draft?.Received ?? 0) > before, failure, cancel);
            }
        }
        finally
        {
            draft?.Dispose(); // nothing to give up where it became a blob
        }
    }

    private async Task<Blob> TryAsync(CancellationToken cancel)
    {
        if (draft is { Length: > 0 } whole && whole.Received == whole.Length)
            return whole.Complete(); // only the end of the stream was lost
        using StreamWatch watch = new(options.SilenceLimit, time, cancel);
        try
        {
            watch.Start();
            await using IFetchStream stream = connection.Fetch(name.ToRequest(draft?.Received ?? 0), watch.Token);
            while (await stream.ReadAsync(watch.Token) is Chunk chunk)
            {
                watch.Pause();
                await TakeAsync(chunk, watch.Token);
                watch.Start();
            }
        }
        catch (OperationCanceledException) when (watch.HasEnded)
        {
            throw watch.Cause(draft?.Received ?? 0);
        }

        // Everything that follows the last byte has been read and refused: a stream that goes on after it is no blob.
        if (draft is null || draft.Received < draft.Length)
            throw new RpcException(new RpcStatus(RpcStatusCode.Unavailable, $"the stream ended after {draft?.Received ?? 0} of {draft?.Length ?? 0} bytes"));
        return draft.Complete();
    }

    private async ValueTask TakeAsync(Chunk chunk, CancellationToken cancel)
    {
        long total = chunk.Total <= long.MaxValue ? (long)chunk.Total : long.MaxValue;
        draft ??= Begin(total);
        if (total != draft.Length)
            throw new TransferException(TransferError.WrongTotal, $"{name} has {draft.Length} bytes and a chunk says {chunk.Total}");
        if (total == 0 && chunk.Data.IsEmpty && chunk.Offset == 0)
            return; // the one chunk of an empty blob
        await draft.AppendAsync(chunk.Offset > long.MaxValue ? -1 : (long)chunk.Offset, chunk.Data.Memory, chunk.Crc32C, cancel);
    }

    private BlobDraft Begin(long total) => spool.Begin(name.IsKept ? null : name.Digest, total, limit);
}
