using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Protocol.Transfer;

/// <summary>
/// The server half of <c>federated.v1.Transfer</c>: sends blobs and takes uploads, in chunks, from any offset on. What may be fetched and uploaded is decided behind <see cref="IBlobSource"/> and
/// <see cref="IUploadGate"/>; an upload takes room in the spool only after the gate has said how long it may be.
/// </summary>
/// <param name="source">What can be fetched.</param>
/// <param name="gate">Who may upload what, and takes it.</param>
/// <param name="spool">Where uploads arrive.</param>
/// <param name="options">How patient it is.</param>
/// <param name="time">Measures silence.</param>
/// <param name="refused">Told each time that the other side did something that it must not, for the log and the counters.</param>
public sealed class TransferService(IBlobSource source, IUploadGate gate, BlobSpool spool, TransferOptions options, TimeProvider time, Action<ServerCall, TransferException>? refused = null)
{
    private readonly UploadDesk desk = new(options.OpenUploads, time);

    /// <summary>The bytes of a blob from an offset on; at least one chunk, which is empty where no bytes follow, so that the length is always said.</summary>
    public Task FetchAsync(FetchRequest request, IRpcWriter<Chunk> chunks, ServerCall call) => SendAsync(request, chunks, call, call.Cancel);

    /// <summary>How much of an upload has arrived.</summary>
    public Task<UploadState> InquireAsync(UploadName name, ServerCall call) => StateAsync(name, call);

    /// <summary>Takes the chunks of an upload.</summary>
    public Task<UploadState> UploadAsync(IRpcReader<UploadPart> parts, ServerCall call) => ReceiveAsync(parts, call, call.Cancel);

    /// <summary>Forgets the uploads that answer a list: what has arrived in part is dropped, streams that bring more are ended.</summary>
    public void Forget(string run, ulong list) => desk.Forget(key => key.List == list && string.Equals(key.Run, run, StringComparison.Ordinal));

    /// <summary>Forgets all uploads of a run.</summary>
    public void Forget(string run) => desk.Forget(key => string.Equals(key.Run, run, StringComparison.Ordinal));

    internal async Task SendAsync(FetchRequest request, IRpcWriter<Chunk> chunks, ServerCall call, CancellationToken cancel)
    {
        using StreamWatch watch = new(options.SilenceLimit, time, cancel);
        long sent = 0;
        try
        {
            BlobName name = BlobName.Of(request);
            Blob blob = await source.FindAsync(name, call) ?? throw new TransferException(TransferError.NotFound, $"there is no {name}");
            if (request.Offset > (ulong)blob.Length)
                throw new TransferException(TransferError.WrongOffset, $"{name} has {blob.Length} bytes: none begin at {request.Offset}");
            sent = (long)request.Offset;
            using ChunkReader reader = new(blob);
            do
            {
                ReadOnlyMemory<byte> bytes = await reader.ReadAsync(sent, watch.Token);
                watch.Start();
                await chunks.WriteAsync(reader.Chunk, watch.Token);
                watch.Pause();
                sent += bytes.Length;
            }
            while (sent < blob.Length);
        }
        catch (OperationCanceledException) when (watch.HasEnded)
        {
            throw Refusal(call, watch.Cause(sent));
        }
        catch (TransferException failure)
        {
            throw Refusal(call, failure);
        }
        catch (ObjectDisposedException failure) when (!cancel.IsCancellationRequested)
        {
            throw Refusal(call, new TransferException(TransferError.NotFound, "it was given up while it was sent", failure));
        }
    }

    internal async Task<UploadState> StateAsync(UploadName name, ServerCall call)
    {
        try
        {
            UploadKey key = UploadKey.Of(name);
            UploadPermit permit = await AdmitAsync(key, call);
            Upload? upload = desk.Find(key);
            return permit.IsTaken || upload is { IsTaken: true } ? Taken(key) : new UploadState { Received = (ulong)(upload?.Received ?? 0) };
        }
        catch (TransferException failure)
        {
            throw Refusal(call, failure);
        }
    }

    internal async Task<UploadState> ReceiveAsync(IRpcReader<UploadPart> parts, ServerCall call, CancellationToken cancel)
    {
        using StreamWatch watch = new(options.SilenceLimit, time, cancel);
        Upload? upload = null;
        try
        {
            watch.Start();
            UploadPart? opening = await parts.ReadAsync(watch.Token);
            watch.Pause();
            if (opening?.KindCase != UploadPart.KindOneofCase.Open)
                throw new TransferException(TransferError.WrongOrder, $"an upload begins with its name, not with {(opening is null ? "its end" : opening.KindCase)}");
            UploadKey key = UploadKey.Of(opening.Open);
            if ((await AdmitAsync(key, call)).IsTaken)
                return Taken(key);
            upload = desk.Open(key);
            await upload.TakeTurnAsync(watch.Stop);
            try
            {
                return upload.IsTaken ? Taken(key) : await ReceiveAsync(upload, parts, watch, call);
            }
            finally
            {
                upload.LastUse = time.GetTimestamp();
                upload.EndTurn(watch.Stop);
            }
        }
        catch (OperationCanceledException) when (watch.HasEnded)
        {
            throw Refusal(call, watch.Cause(upload?.Received ?? 0));
        }
        catch (TransferException failure)
        {
            throw Refusal(call, failure);
        }
    }

    private async Task<UploadState> ReceiveAsync(Upload upload, IRpcReader<UploadPart> parts, StreamWatch watch, ServerCall call)
    {
        if (upload.IsForgotten)
            throw new TransferException(TransferError.TakenOver, "the upload was given up meanwhile");
        UploadKey key = upload.Key;
        BlobDraft draft = upload.Draft ??= spool.Begin(key.Digest, key.Length, key.Length); // the gate's limit was checked against the announced length
        while (true)
        {
            watch.Start();
            UploadPart? part = await parts.ReadAsync(watch.Token);
            watch.Pause();
            if (part is null)
                break;
            if (part.KindCase != UploadPart.KindOneofCase.Chunk)
                throw new TransferException(TransferError.WrongOrder, $"a chunk has to follow, not {part.KindCase}");
            Chunk chunk = part.Chunk;
            if (chunk.Total != (ulong)key.Length)
                throw new TransferException(TransferError.WrongTotal, $"the upload was announced with {key.Length} bytes and a chunk says {chunk.Total}");
            // An offset above the range of a draft's is a gap, whatever it becomes as a signed number.
            await draft.AppendAsync(chunk.Offset > long.MaxValue ? -1 : (long)chunk.Offset, chunk.Data.Memory, chunk.Crc32C, watch.Token);
            upload.Received = draft.Received;
        }

        if (draft.Received < draft.Length)
            return new UploadState { Received = (ulong)draft.Received };
        upload.Draft = null;
        upload.Received = 0; // should the bytes be wrong or the gate refuse them, they have to come anew
        Blob blob = draft.Complete();
        try
        {
            await gate.TakeAsync(key, blob, call);
        }
        catch
        {
            blob.Dispose();
            throw;
        }

        upload.Received = key.Length;
        upload.IsTaken = true;
        return Taken(key);
    }

    private async ValueTask<UploadPermit> AdmitAsync(UploadKey key, ServerCall call)
    {
        UploadPermit permit = await gate.AdmitAsync(key, call);
        return key.Length <= permit.MaximumBytes
            ? permit
            : throw new TransferException(TransferError.OverLimit, $"{key.Length} bytes are announced where an answer has at most {permit.MaximumBytes}");
    }

    private RpcException Refusal(ServerCall call, TransferException failure)
    {
        refused?.Invoke(call, failure);
        return new RpcException(new RpcStatus(failure.StatusCode, failure.Message));
    }

    private static UploadState Taken(UploadKey key) => new() { Received = (ulong)key.Length, Complete = true };
}
