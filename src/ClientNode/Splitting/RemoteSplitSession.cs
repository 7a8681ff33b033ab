using Federated.Methods.Federation;
using Federated.Methods.Splitting;
using Federated.Protocol.Faults;
using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.ClientNode.Splitting;

/// <summary>
/// A split session with a host elsewhere. Opens its stream with the first message, and anew whenever it is lost: the number of the message tells the host what has arrived, and the host tells whether the message
/// has. Used by one thread at a time.
/// </summary>
/// <param name="opening">Which session it is.</param>
/// <param name="host">The host.</param>
/// <param name="hosts">Tell whether it is still one.</param>
/// <param name="options">How patient it is.</param>
internal sealed class RemoteSplitSession(SplitOpening opening, SplitClient host, ISplitHosts hosts, RemoteSplitOptions options) : ISplitSession
{
    private DuplexCall<SplitRequest, SplitReply>? call;
    private bool isUnderWay;

    /// <inheritdoc/>
    /// <exception cref="SplitSessionLostException">The host is gone, or has dropped the session.</exception>
    /// <exception cref="SplitSessionException">The host does not take the message, now or later.</exception>
    /// <exception cref="ClientAnswerException">The body computed numbers that are not finite.</exception>
    public ReadOnlyMemory<byte> Exchange(int number, SplitLeg leg, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
#pragma warning disable VSTHRD002 // a worker's thread has nothing else to do
        return ExchangeAsync(number, leg, payload, cancel).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    /// <summary>The same without holding the thread.</summary>
    internal async Task<ReadOnlyMemory<byte>> ExchangeAsync(int number, SplitLeg leg, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        if (payload.Length > SplitHostOptions.LargestPayload)
        {
            throw new SplitSessionException(
                $"message {number} for client {opening.Client} has {payload.Length:N0} bytes and {SplitHostOptions.LargestPayload:N0} is the most that crosses to a body host: choose smaller batches, or run the body in process");
        }

        using var limit = new CancellationTokenSource(options.ExchangeLimit, options.Time);
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        int failures = 0, refusals = 0;
        isUnderWay = true;
        while (true)
        {
            try
            {
                ReadOnlyMemory<byte> reply = await TryAsync(number, leg, payload, over.Token);
                isUnderWay = false;
                return reply;
            }
            catch (RpcException end)
            {
                await HangUpAsync();
                bool isLater = end.Code == SplitFailures.Later;
                if (!SplitFailures.CanGoOn(end.Code))
                    throw Translate(end);
                if (!hosts.IsThere(host) || (!isLater && ++failures >= options.MostTries))
                    throw Lost($"cannot be reached any more: {end.Status.Message}", end);
                refusals += isLater ? 1 : 0;
            }
            catch (OperationCanceledException late) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
            {
                await HangUpAsync();
                throw Lost($"has not answered message {number} within {options.ExchangeLimit.TotalSeconds:0} s", late);
            }
            catch
            {
                await HangUpAsync();
                throw;
            }

            await PauseAsync(Math.Max(1, failures + refusals), limit, over.Token, cancel, number);
        }
    }

    /// <summary>Tells the host that the session is over, if nothing is under way; else the host hears nothing more.</summary>
    public void Dispose()
    {
#pragma warning disable VSTHRD002 // a worker's thread has nothing else to do
        EndAsync().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    /// <summary>The same without holding the thread.</summary>
    internal async Task EndAsync()
    {
        if (call is not null && !isUnderWay)
        {
            using var limit = new CancellationTokenSource(options.FarewellLimit, options.Time);
            try
            {
                await call.CompleteRequestsAsync();
                await call.ReadAsync(limit.Token);
            }
            catch (Exception end) when (end is RpcException or OperationCanceledException)
            {
                // The host drops the session by itself after a while.
            }
        }

        await HangUpAsync();
    }

    private async Task<ReadOnlyMemory<byte>> TryAsync(int number, SplitLeg leg, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        bool hasArrived = false;
        if (call is null)
        {
            opening.Next = (uint)number;
            call = host.Open(CancellationToken.None); // outlives this message, whose token this is
            await call.WriteAsync(new SplitRequest { Open = opening }, cancel);
            SplitOpened opened = (await call.ReadAsync(cancel))?.Opened ?? throw Unexpected("begins without saying where the session stands");
            hasArrived = opened.Next == (uint)number + 1;
            if (!hasArrived && opened.Next != (uint)number)
                throw Unexpected($"waits for message {opened.Next} where {number} is the next");
        }

        if (!hasArrived)
        {
            // The payload stays as it is until the reply is here: the caller waits for it.
            await call.WriteAsync(new SplitRequest { Message = new SplitMessage { Number = (uint)number, Leg = (Leg)leg, Payload = UnsafeByteOperations.UnsafeWrap(payload) } }, cancel);
            if (leg == SplitLeg.Forward)
                FaultPoint.Reach(FaultPoints.NodeForwardSent);
        }

        SplitReply? reply = await call.ReadAsync(cancel);
        if (reply is null)
            throw new RpcException(RpcStatusCode.Unavailable, "the host ended the stream instead of a reply");
        return reply.Answer is { } answer && answer.Number == (uint)number ? answer.Payload.Memory : throw Unexpected($"answered something else than message {number}");
    }

    private async Task PauseAsync(int failures, CancellationTokenSource limit, CancellationToken over, CancellationToken cancel, int number)
    {
        try
        {
            await Task.Delay(options.Backoff.After(failures), options.Time, over);
        }
        catch (OperationCanceledException late) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw Lost($"has not answered message {number} within {options.ExchangeLimit.TotalSeconds:0} s", late);
        }
    }

    private async ValueTask HangUpAsync()
    {
        if (call is not { } open)
            return;
        call = null;
        await open.DisposeAsync();
    }

    private Exception Translate(RpcException end) => end.Code switch
    {
        SplitFailures.Diverged => new ClientAnswerException(end.Status.Message, end),
        // Whatever went wrong on the way or in the host is not the client's: it may go well when it is begun anew.
        SplitFailures.Gone or RpcStatusCode.Internal or RpcStatusCode.Unknown => Lost($"ended the session: {end.Status.Message}", end),
        _ => new SplitSessionException($"{host.Address} does not run the body for client {opening.Client}: {end.Status.Message}", end),
    };

    private SplitSessionLostException Lost(string what, Exception cause) => new($"{host.Address}, where the body of client {opening.Client} is run, {what}", cause);

    private static RpcException Unexpected(string what) => new(RpcStatusCode.Internal, $"the host {what}");
}
