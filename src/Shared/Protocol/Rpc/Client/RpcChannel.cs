using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>
/// Calls of one server. Connections are made when calls need them and made anew when they are lost; after a failure to connect, attempts are spaced (<see cref="RpcBackoff"/>).
/// All members may be used by several threads at once.
/// </summary>
public sealed class RpcChannel : IAsyncDisposable
{
    private readonly Uri address;
    private readonly RpcChannelOptions options;
    private readonly HttpMessageInvoker invoker;
    private readonly CancellationTokenSource closing = new();
    private readonly ConnectionBackoff backoff;
    private readonly ConcurrentDictionary<string, Uri> addresses = new(StringComparer.Ordinal);
    private readonly (string Name, string Value)[] headers;

    /// <summary>A channel to a server. Nothing is sent yet.</summary>
    /// <param name="address"><c>http://host:port</c> for HTTP/2 in plain text, <c>https://host:port</c> for TLS.</param>
    /// <param name="options">How to connect; the defaults if null.</param>
    /// <exception cref="ArgumentException">The address has another scheme.</exception>
    public RpcChannel(Uri address, RpcChannelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException($"'{address}' is no address of a server; it begins with http:// or https://.", nameof(address));
        this.address = address;
        this.options = options ??= new RpcChannelOptions();
        Closing = closing.Token;
        headers = ToHeaders(options.Metadata);
        backoff = new ConnectionBackoff(options.Backoff, options.Time);
        invoker = new HttpMessageInvoker(CreateHandler(options));
    }

    /// <summary>Where the channel calls.</summary>
    public Uri Address => address;

    internal RpcChannelOptions Options => options;

    /// <summary>Calls a method with one request and one response.</summary>
    /// <exception cref="RpcException">The call ended with another status than Ok.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public Task<TResponse> UnaryAsync<TRequest, TResponse>(RpcMethod<TRequest, TResponse> method, TRequest request, RpcCallOptions? options = null, CancellationToken cancel = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        method.Require(RpcMethodKind.Unary);
        return UnaryCall.InvokeAsync(this, method, request, options ?? RpcCallOptions.Default, cancel);
    }

    /// <summary>Calls a method with one request and one response, for its headers and trailers too.</summary>
    /// <exception cref="RpcException">The call ended with another status than Ok.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public Task<RpcResponse<TResponse>> UnaryWithMetadataAsync<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method, TRequest request, RpcCallOptions? options = null, CancellationToken cancel = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        method.Require(RpcMethodKind.Unary);
        return UnaryCall.InvokeWithMetadataAsync(this, method, request, options ?? RpcCallOptions.Default, cancel);
    }

    /// <summary>Calls a method with one request and a stream of responses.</summary>
    public ServerStreamingCall<TResponse> ServerStreaming<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method, TRequest request, RpcCallOptions? options = null, CancellationToken cancel = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(request);
        method.Require(RpcMethodKind.ServerStreaming);
        options ??= RpcCallOptions.Default;
        var content = new UnaryContent(request, options.Compression == RpcCompression.Gzip, this.options.LargestRequest);
        return new ServerStreamingCall<TResponse>(new StreamCall<TResponse>(this, method.Path, method.ResponseParser, content, options, cancel));
    }

    /// <summary>Calls a method with a stream of requests and one response.</summary>
    public ClientStreamingCall<TRequest, TResponse> ClientStreaming<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method, RpcCallOptions? options = null, CancellationToken cancel = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        method.Require(RpcMethodKind.ClientStreaming);
        options ??= RpcCallOptions.Default;
        var content = new RequestStreamContent();
        var call = new StreamCall<TResponse>(this, method.Path, method.ResponseParser, content, options, cancel);
        return new ClientStreamingCall<TRequest, TResponse>(call, new RequestWriter<TRequest, TResponse>(call, content, options, this.options.LargestRequest));
    }

    /// <summary>Calls a method with streams of requests and responses.</summary>
    public DuplexCall<TRequest, TResponse> Duplex<TRequest, TResponse>(RpcMethod<TRequest, TResponse> method, RpcCallOptions? options = null, CancellationToken cancel = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        method.Require(RpcMethodKind.Duplex);
        options ??= RpcCallOptions.Default;
        var content = new RequestStreamContent();
        var call = new StreamCall<TResponse>(this, method.Path, method.ResponseParser, content, options, cancel);
        return new DuplexCall<TRequest, TResponse>(call, new RequestWriter<TRequest, TResponse>(call, content, options, this.options.LargestRequest));
    }

    /// <summary>Cancelled when the channel is closed.</summary>
    internal CancellationToken Closing { get; }

    /// <summary>Closes the connections; calls under way end with <see cref="RpcFailures.ChannelClosed"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        invoker.Dispose();
    }

    /// <summary>The request of a call, ready to be sent.</summary>
    internal HttpRequestMessage CreateRequest(string path, HttpContent content, RpcCallOptions call, TimeSpan? timeout)
    {
        if (!addresses.TryGetValue(path, out Uri? uri))
            uri = addresses.GetOrAdd(path, static (key, root) => new Uri(root, key), address);
        var request = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        request.Headers.TryAddWithoutValidation(HeaderNames.AcceptEncoding, HeaderNames.Accepted);
        request.Headers.TryAddWithoutValidation("User-Agent", "federated-rpc");
        if (timeout is { } span)
            request.Headers.TryAddWithoutValidation(TimeoutHeader.Name, TimeoutHeader.Format(span));
        if (call.Compression == RpcCompression.Gzip)
            request.Headers.TryAddWithoutValidation(HeaderNames.Encoding, HeaderNames.Gzip);
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (call.Metadata is not null)
        {
            foreach (RpcMetadataEntry entry in call.Metadata)
                request.Headers.TryAddWithoutValidation(entry.Name, RpcMetadata.ToHeader(entry));
        }

        return request;
    }

    /// <summary>Sends a request; returns at the response's headers. Failures to connect are counted, and tried again where the call waits.</summary>
    internal async ValueTask<HttpResponseMessage> SendAsync(HttpRequestMessage request, bool waitForReady, CancellationToken cancel)
    {
        while (true)
        {
            await backoff.EnterAsync(waitForReady, cancel);
            string reason;
            Exception cause;
            try
            {
                HttpResponseMessage response = await invoker.SendAsync(request, cancel);
                backoff.Succeeded();
                return response;
            }
            catch (HttpRequestException failure) when (failure.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError)
            {
                reason = failure.InnerException is { } inner ? $"{failure.Message} {inner.Message}" : failure.Message;
                cause = failure;
            }
            catch (OperationCanceledException timeout) when (!cancel.IsCancellationRequested)
            {
                reason = $"no connection within {options.ConnectTimeout.TotalSeconds} s";
                cause = timeout;
            }

            // Nothing has been sent: the same request can be sent again, unless its stream was opened before the connection broke.
            backoff.Failed(reason);
            if (!waitForReady || request.Content is RequestStreamContent { HasOpened: true })
                throw new RpcException(RpcStatusCode.Unavailable, $"{address} cannot be reached: {reason}", cause);
        }
    }

    private static SocketsHttpHandler CreateHandler(RpcChannelOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            InitialHttp2StreamWindowSize = options.StreamWindow,
        };
        if (options.KeepAliveDelay is { } delay)
        {
            handler.KeepAlivePingDelay = delay;
            handler.KeepAlivePingTimeout = options.KeepAliveTimeout;
            handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
        }

        if (options.Tls is not null)
            handler.SslOptions = options.Tls;
        options.ConfigureHandler?.Invoke(handler);
        return handler;
    }

    private static (string Name, string Value)[] ToHeaders(RpcMetadata? metadata)
    {
        if (metadata is null)
            return [];
        var headers = new List<(string, string)>();
        foreach (RpcMetadataEntry entry in metadata)
            headers.Add((entry.Name, RpcMetadata.ToHeader(entry)));
        return [.. headers];
    }
}
