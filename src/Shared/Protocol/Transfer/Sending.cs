using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Protocol.Transfer;

/// <summary>One blob on its way to the server, over as many streams as it takes.</summary>
/// <param name="connection">The calls.</param>
/// <param name="key">Its name.</param>
/// <param name="blob">Its bytes.</param>
/// <param name="options">How patient it is.</param>
/// <param name="time">Measures silence and pauses.</param>
internal sealed class Sending(ITransferConnection connection, UploadKey key, Blob blob, TransferOptions options, TimeProvider time)
{
    private long sent;

    /// <summary>Sends it.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        Retries retries = new(key.ToString(), options, time);
        bool wasWrong = false;
        long furthest = 0;
        // What is one chunk is sent without asking first: there is nothing that it could go on from.
        for (bool asks = blob.Length > TransferLimits.ChunkBytes; ; asks = true)
        {
            bool moved = false;
            Exception failure;
            try
            {
                UploadState state = asks ? await InquireAsync(cancel) : new UploadState();
                if (state.Complete)
                    return;
                if (state.Received > (ulong)blob.Length)
                    throw new TransferException(TransferError.WrongOffset, $"{key}: the other side says that {state.Received} bytes have arrived");
                sent = (long)state.Received;
                moved = sent > furthest;
                furthest = Math.Max(furthest, sent);
                if (await SendAsync(cancel))
                    return;
                failure = new RpcException(new RpcStatus(RpcStatusCode.Unavailable, "the other side ended the stream before it had all"));
            }
            catch (TransferException silent) when (silent.Error == TransferError.Silent)
            {
                failure = silent;
            }
            catch (RpcException problem)
            {
                cancel.ThrowIfCancellationRequested();
                // Another stream of the same upload may have moved on: the next inquiry says where it is.
                bool canMend = Retries.CanMend(problem) || problem.Status.Code == RpcStatusCode.OutOfRange;
                bool isWrong = problem.Status.Code == RpcStatusCode.DataLoss && sent == blob.Length;
                if (!canMend || (isWrong && wasWrong))
                    throw retries.Final(problem);
                wasWrong |= isWrong;
                failure = problem;
            }

            await retries.PauseAsync(moved, failure, cancel);
        }
    }

    private async Task<UploadState> InquireAsync(CancellationToken cancel)
    {
        using StreamWatch watch = new(options.AnswerLimit, time, cancel);
        watch.Start();
        try
        {
            return await connection.InquireAsync(key.ToMessage(), watch.Token);
        }
        catch (OperationCanceledException) when (watch.HasEnded)
        {
            throw watch.Cause(sent);
        }
    }

    private async Task<bool> SendAsync(CancellationToken cancel)
    {
        using StreamWatch taking = new(options.SilenceLimit, time, cancel);
        using StreamWatch answering = new(options.AnswerLimit, time, taking.Token);
        try
        {
            await using IUploadStream stream = connection.Upload(answering.Token);
            try
            {
                await WriteAsync(stream, taking);
            }
            catch (RpcException)
            {
                // The server has ended the call: how, its answer says.
            }

            answering.Start();
            return (await stream.CompleteAsync(answering.Token)).Complete;
        }
        catch (OperationCanceledException) when (taking.HasEnded || (answering.HasEnded && !cancel.IsCancellationRequested))
        {
            throw taking.HasEnded ? taking.Cause(sent) : answering.Cause(sent);
        }
    }

    private async Task WriteAsync(IUploadStream stream, StreamWatch watch)
    {
        watch.Start();
        await stream.WriteAsync(new UploadPart { Open = key.ToMessage() }, watch.Token);
        using ChunkReader reader = new(blob);
        UploadPart part = new() { Chunk = reader.Chunk };
        while (sent < blob.Length)
        {
            watch.Pause();
            ReadOnlyMemory<byte> bytes = await reader.ReadAsync(sent, watch.Token);
            watch.Start();
            await stream.WriteAsync(part, watch.Token);
            sent += bytes.Length;
        }

        watch.Pause();
    }
}
