using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>A call under way of which at least one side is a stream: its response, its status, its end.</summary>
internal sealed class StreamCall<TResponse> : IAsyncDisposable
    where TResponse : class, IMessage<TResponse>
{
    private readonly RpcChannel channel;
    private readonly MessageParser<TResponse> parser;
    private readonly RequestStreamContent? requests;
    private readonly CallScope scope;
    private readonly Task opening;
    private HttpResponseMessage? response;
    private ResponseReader<TResponse>? reader;

    public StreamCall(RpcChannel channel, string path, MessageParser<TResponse> parser, HttpContent content, RpcCallOptions options, CancellationToken cancel)
    {
        this.channel = channel;
        this.parser = parser;
        requests = content as RequestStreamContent;
        scope = new CallScope(channel.Options.Time, channel.Closing, options, isStream: true, cancel);
        // Whoever ends the call, the server learns of it at once, also while nobody reads or writes.
        scope.Token.UnsafeRegister(static state => ((StreamCall<TResponse>)state!).Abort(), this);
        opening = OpenAsync(channel.CreateRequest(path, content, options, scope.Timeout), options.WaitForReady);
    }

    /// <summary>How the call ended; null before it has.</summary>
    public RpcStatus? Status { get; private set; }

    public RpcMetadata Trailers { get; private set; } = RpcMetadata.Empty;

    /// <summary>Cancelled when the call is over.</summary>
    public CancellationToken Token => scope.Token;

    /// <summary>What the server sent before its first message.</summary>
    public async Task<RpcMetadata> HeadersAsync()
    {
        await OpenedAsync();
        return ResponseHeaders.Metadata(response!.Headers);
    }

    public ValueTask<TResponse?> ReadAsync(CancellationToken cancel)
    {
        if (reader is null || cancel.CanBeCanceled || Status is not null)
            return ReadSlowlyAsync(cancel);
        ValueTask<TResponse?> read;
        try
        {
            read = reader.ReadAsync(scope.Token);
        }
        catch (RpcException damage)
        {
            Fail(damage);
            throw;
        }

        if (!read.IsCompletedSuccessfully)
            return FinishAsync(read);
#pragma warning disable VSTHRD103 // it is complete
        TResponse? message = read.Result;
#pragma warning restore VSTHRD103
        return message is not null ? new ValueTask<TResponse?>(message) : FinishAsync(default);
    }

    /// <summary>The one response of a call that has one.</summary>
    public async Task<TResponse> ReadSingleAsync()
    {
        TResponse message = await ReadAsync(default) ?? throw new RpcException(RpcFailures.MissingMessage, Trailers);
        if (await ReadAsync(default) is not null)
        {
            var surplus = new RpcException(RpcFailures.SurplusMessage);
            Fail(surplus);
            throw surplus;
        }

        return message;
    }

    /// <summary>What a failed write means: the call's own end if it has one.</summary>
    public async ValueTask<Exception> TranslateWriteAsync(Exception exception)
    {
        if (scope.Token.IsCancellationRequested)
            return Failed() ?? scope.Translate(exception);
        try
        {
            // The stream of requests is dead: the response has come or will not come.
            await OpenedAsync();
        }
        catch (Exception end) when (end is RpcException or OperationCanceledException)
        {
            return end;
        }

        return Failed() ?? new RpcException(RpcFailures.RequestsRefused, null, exception);
    }

    public void Cancel() => scope.Cancel();

    public ValueTask DisposeAsync()
    {
        if (Status is null)
        {
            Status = RpcFailures.Cancelled;
            scope.Cancel();
        }

        Release();
        return default;
    }

    private async Task OpenAsync(HttpRequestMessage request, bool waitForReady)
    {
        try
        {
            response = await channel.SendAsync(request, waitForReady, scope.Token);
            if (scope.Token.IsCancellationRequested)
            {
                response.Dispose();
                scope.Token.ThrowIfCancellationRequested();
            }

            if (ResponseHeaders.Check(response) is { } status)
            {
                End(status, ResponseHeaders.Metadata(response.Headers));
                return;
            }

            Stream stream = await response.Content.ReadAsStreamAsync(scope.Token);
            reader = new ResponseReader<TResponse>(stream, parser, channel.Options.LargestResponse, ResponseHeaders.HasEncoding(response));
        }
        catch (Exception exception)
        {
            Exception translated = scope.Translate(exception);
            Fail(translated);
            if (translated == exception)
                throw;
            throw translated;
        }
    }

    private Task OpenedAsync() => opening.IsCompletedSuccessfully ? Task.CompletedTask : opening;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TResponse?> ReadSlowlyAsync(CancellationToken cancel)
    {
        using CancellationTokenRegistration registration = cancel.UnsafeRegister(static state => ((StreamCall<TResponse>)state!).Cancel(), this);
        try
        {
            await OpenedAsync();
            if (Status is null)
                return await FinishAsync(reader!.ReadAsync(scope.Token));
        }
        catch (RpcException end) when (cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException("The read was cancelled, and the call with it.", end, cancel);
        }

        return Failed() is { } failure ? throw failure : null;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TResponse?> FinishAsync(ValueTask<TResponse?> read)
    {
        try
        {
            if (await read is { } message)
                return message;
        }
        catch (Exception exception)
        {
            Exception translated = scope.Translate(exception);
            Fail(translated);
            if (translated == exception)
                throw;
            throw translated;
        }

        if (Status is null)
        {
            reader!.Close();
            End(ResponseHeaders.StatusInTrailers(response!), ResponseHeaders.Metadata(response!.TrailingHeaders));
        }

        return Failed() is { } failure ? throw failure : null;
    }

    /// <summary>What whoever uses the call after its end gets to see, the same as whoever was using it at its end; null if it ended well or has not ended.</summary>
    private Exception? Failed()
    {
        if (Status is not { Code: not RpcStatusCode.Ok } status)
            return null;
        return status.Code == RpcStatusCode.Cancelled && scope.IsCancelledByCaller ? scope.Translate(new OperationCanceledException()) : new RpcException(status, Trailers);
    }

    private void Fail(Exception exception)
    {
        Status ??= exception is RpcException end ? end.Status : RpcFailures.Cancelled;
        scope.Cancel();
        Release();
    }

    private void End(RpcStatus status, RpcMetadata trailers)
    {
        Status = status;
        Trailers = trailers;
        Release();
    }

    private void Abort()
    {
        requests?.Abandon();
        response?.Dispose();
    }

    private void Release()
    {
        scope.Dispose();
        Abort();
    }
}
