using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Federated.Protocol.Rpc;

/// <summary>A call as its service sees it. It is over when the service's method returns and must not be used after that.</summary>
public sealed class ServerCall
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource? source;
    private readonly PipeReader requests;
    private readonly PipeWriter responses;
    private readonly CancellationTokenRegistration abortion;
    private readonly CancellationTokenRegistration stopping;
    private readonly ITimer? deadlineTimer;
    private RpcMetadata? requestMetadata;
    private RpcMetadata? responseHeaders;
    private RpcMetadata? responseTrailers;
    private RpcStatus? interruption;
    private bool hasEnded;

    internal ServerCall(HttpContext http, string method, RpcServiceOptions options)
    {
        HttpContext = http;
        Method = method;
        Options = options;
        IHeaderDictionary headers = http.Request.Headers;
        // Taken now: an interruption comes from another thread, and the collection of features is not made for that.
        requests = http.Request.BodyReader;
        responses = http.Response.BodyWriter;
        AcceptsGzip = HeaderNames.NamesGzip(headers.GrpcAcceptEncoding);
        Compress = AcceptsGzip && options.Compression == RpcCompression.Gzip;
        TimeSpan? timeout = null;
        if (headers.TryGetValue(TimeoutHeader.Name, out Microsoft.Extensions.Primitives.StringValues text))
        {
            if (!TimeoutHeader.TryParse(text.ToString(), out TimeSpan parsed))
                throw new RpcException(RpcFailures.BadTimeout);
            timeout = parsed;
            DateTimeOffset now = options.Time.GetUtcNow();
            Deadline = parsed < DateTimeOffset.MaxValue - now ? now + parsed : DateTimeOffset.MaxValue;
        }

        if (timeout is null && options.LongestSilence is null && options.LongestWrite is null && !options.Stopping.CanBeCanceled)
        {
            Cancel = http.RequestAborted;
            return;
        }

        source = new CancellationTokenSource();
        Cancel = source.Token;
        abortion = http.RequestAborted.UnsafeRegister(static state => ((ServerCall)state!).Interrupt(RpcFailures.Cancelled), this);
        stopping = options.Stopping.UnsafeRegister(static state => ((ServerCall)state!).Interrupt(RpcFailures.ServerStopping), this);
        if (timeout <= TimeoutHeader.LongestTimer)
            deadlineTimer = options.Time.CreateTimer(static state => ((ServerCall)state!).Interrupt(RpcFailures.DeadlineExceeded), this, timeout.Value, Timeout.InfiniteTimeSpan);
    }

    /// <summary><c>/package.Service/Method</c>.</summary>
    public string Method { get; }

    /// <summary>What the client sent with the call.</summary>
    /// <exception cref="RpcException">A binary entry is damaged.</exception>
    public RpcMetadata RequestMetadata => requestMetadata ??= ReadMetadata(HttpContext.Request.Headers);

    /// <summary>Sent before the first response message.</summary>
    public RpcMetadata ResponseHeaders => responseHeaders ??= [];

    /// <summary>Sent with the status when the service's method has returned; those of an <see cref="RpcException"/> are added.</summary>
    public RpcMetadata ResponseTrailers => responseTrailers ??= [];

    /// <summary>When the client stops waiting; null if it waits for ever.</summary>
    public DateTimeOffset? Deadline { get; }

    /// <summary>Cancelled when the client cancels, is lost, or its deadline passes.</summary>
    public CancellationToken Cancel { get; }

    /// <summary>Who calls.</summary>
    public RpcPeer Peer => new(HttpContext);

    /// <summary>The HTTP request below the call.</summary>
    public HttpContext HttpContext { get; }

    /// <summary>Whether the next response message is compressed. Setting it has an effect if the client accepts gzip; the first to be compressed must be known before the headers are sent.</summary>
    public bool Compress
    {
        get;
        set => field = value && AcceptsGzip && (!HttpContext.Response.HasStarted || HasResponseEncoding);
    }

    internal RpcServiceOptions Options { get; }

    internal PipeReader Requests => requests;

    internal PipeWriter Responses => responses;

    internal bool HasResponseEncoding { get; private set; }

    /// <summary>Whether a write was given up: half a message may be on its way, and what follows would wait behind it.</summary>
    internal bool IsWriteCut { get; set; }

    private bool AcceptsGzip { get; }

    /// <summary>Sends the headers now instead of with the first message.</summary>
    public Task SendHeadersAsync()
    {
        ThrowIfOver();
        HttpResponse response = HttpContext.Response;
        if (response.HasStarted)
            return Task.CompletedTask;
        PrepareHeaders(response);
        return FlushHeadersAsync(response);
    }

    /// <summary>Has the headers written together with the first message.</summary>
    internal Task StartAsync()
    {
        HttpResponse response = HttpContext.Response;
        if (response.HasStarted)
            return Task.CompletedTask;
        PrepareHeaders(response);
        return response.StartAsync(Cancel);
    }

    /// <summary>Ends the call for a reason of the protocol's: pending reads and writes return, <see cref="Cancel"/> is cancelled. The first reason counts.</summary>
    internal void Interrupt(RpcStatus reason)
    {
        lock (gate)
        {
            if (hasEnded || interruption is not null)
                return;
            interruption = reason;
            try
            {
                // Under the lock: after the end the request's objects belong to another one.
                requests.CancelPendingRead();
                responses.CancelPendingFlush();
            }
            catch (IOException)
            {
                // The stream was lost a moment ago: who reads or writes it hears of that.
            }
        }

        source?.Cancel(); // without one the request is still being read, and the service has not begun
    }

    /// <summary>Throws when the call has been interrupted: what a service that still reads or writes sees.</summary>
    internal void ThrowIfOver()
    {
        if (hasEnded)
            throw new InvalidOperationException($"The call of {Method} is over: its service's method has returned.");
        if (interruption is { Code: not RpcStatusCode.Cancelled } reason)
            throw new RpcException(reason);
        if (interruption is not null || HttpContext.RequestAborted.IsCancellationRequested)
            throw new OperationCanceledException(RpcFailures.Cancelled.Message, Cancel);
    }

    /// <summary>The status that an exception of the service means.</summary>
    internal RpcStatus StatusOf(Exception exception)
    {
        lock (gate)
        {
            // Whatever a service throws when it is interrupted, the interruption is why the call ended.
            if (interruption is { } reason)
                return reason;
        }

        return exception switch
        {
            RpcException { Status.Code: not RpcStatusCode.Ok } ended => ended.Status,
            OperationCanceledException => RpcFailures.Cancelled,
            _ => RpcFailures.ServiceFault,
        };
    }

    /// <summary>The end: afterwards nothing touches the request any more.</summary>
    internal RpcStatus? Close()
    {
        lock (gate)
            hasEnded = true;
        deadlineTimer?.Dispose();
        abortion.Dispose();
        stopping.Dispose();
        source?.Dispose();
        return interruption;
    }

    /// <summary>Writes status and trailers: into the headers if nothing else has been sent ("Trailers-Only").</summary>
    internal static void WriteStatus(HttpResponse response, RpcStatus status, RpcMetadata? trailers, RpcMetadata? more)
    {
        IHeaderDictionary target = response.Headers;
        if (response.HasStarted)
            target = response.HttpContext.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;
        else
            (response.ContentType, response.Headers.GrpcAcceptEncoding) = (HeaderNames.ContentType, HeaderNames.Accepted);
        Append(target, trailers);
        Append(target, more);
        target.GrpcStatus = CodeText(status.Code);
        if (!string.IsNullOrEmpty(status.Message))
            target.GrpcMessage = PercentEncoding.Encode(status.Message);
    }

    internal void WriteStatus(RpcStatus status, RpcMetadata? more)
    {
        if (!HttpContext.Response.HasStarted)
            Append(HttpContext.Response.Headers, responseHeaders);
        WriteStatus(HttpContext.Response, status, responseTrailers, more);
    }

    private static string CodeText(RpcStatusCode code) => code switch
    {
        RpcStatusCode.Ok => "0",
        _ => ((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private static void Append(IHeaderDictionary target, RpcMetadata? metadata)
    {
        if (metadata is null)
            return;
        foreach (RpcMetadataEntry entry in metadata)
            target.Append(entry.Name, RpcMetadata.ToHeader(entry));
    }

    private static RpcMetadata ReadMetadata(IHeaderDictionary headers)
    {
        var metadata = new RpcMetadata();
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in headers)
        {
            foreach (string? value in values)
                metadata.AddHeader(name, value ?? "");
        }

        return metadata;
    }

    private static async Task FlushHeadersAsync(HttpResponse response)
    {
        await response.StartAsync();
        await response.BodyWriter.FlushAsync();
    }

    private void PrepareHeaders(HttpResponse response)
    {
        response.ContentType = HeaderNames.ContentType;
        HasResponseEncoding = Compress || (AcceptsGzip && Options.Compression == RpcCompression.Gzip);
        if (HasResponseEncoding)
            response.Headers.GrpcEncoding = HeaderNames.Gzip;
        response.Headers.GrpcAcceptEncoding = HeaderNames.Accepted;
        Append(response.Headers, responseHeaders);
    }
}
