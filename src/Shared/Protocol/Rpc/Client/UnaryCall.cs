using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>One request, one response.</summary>
internal static class UnaryCall
{
    public static async Task<TResponse> InvokeAsync<TRequest, TResponse>(
        RpcChannel channel, RpcMethod<TRequest, TResponse> method, TRequest request, RpcCallOptions options, CancellationToken cancel)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
        => (await ExchangeAsync(channel, method, request, options, cancel)).Message;

    public static async Task<RpcResponse<TResponse>> InvokeWithMetadataAsync<TRequest, TResponse>(
        RpcChannel channel, RpcMethod<TRequest, TResponse> method, TRequest request, RpcCallOptions options, CancellationToken cancel)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        (TResponse message, HttpResponseMessage response) = await ExchangeAsync(channel, method, request, options, cancel);
        return new RpcResponse<TResponse>(message, ResponseHeaders.Metadata(response.Headers), ResponseHeaders.Metadata(response.TrailingHeaders));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<(TResponse Message, HttpResponseMessage Response)> ExchangeAsync<TRequest, TResponse>(
        RpcChannel channel, RpcMethod<TRequest, TResponse> method, TRequest request, RpcCallOptions options, CancellationToken cancel)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(request);
        using var scope = new CallScope(channel.Options.Time, channel.Closing, options, isStream: false, cancel);
        HttpResponseMessage? response = null;
        try
        {
            var content = new UnaryContent(request, options.Compression == RpcCompression.Gzip, channel.Options.LargestRequest);
            response = await channel.SendAsync(channel.CreateRequest(method.Path, content, options, scope.Timeout), options.WaitForReady, scope.Token);
            if (ResponseHeaders.Check(response) is { } status)
                throw new RpcException(status == RpcStatus.Ok ? RpcFailures.MissingMessage : status, ResponseHeaders.Metadata(response.Headers));
            Stream stream = await response.Content.ReadAsStreamAsync(scope.Token);
            var reader = new ResponseReader<TResponse>(stream, method.ResponseParser, channel.Options.LargestResponse, ResponseHeaders.HasEncoding(response));
            TResponse? message = await reader.ReadAsync(scope.Token);
            if (message is not null && await reader.ReadAsync(scope.Token) is not null)
                throw new RpcException(RpcFailures.SurplusMessage);
            reader.Close();
            status = ResponseHeaders.StatusInTrailers(response);
            if (status.Code == RpcStatusCode.Ok && message is null)
                status = RpcFailures.MissingMessage;
            if (status.Code != RpcStatusCode.Ok)
                throw new RpcException(status, ResponseHeaders.Metadata(response.TrailingHeaders));
            return (message!, response);
        }
        catch (Exception exception)
        {
            Exception translated = scope.Translate(exception);
            if (translated == exception)
                throw;
            throw translated;
        }
        finally
        {
            response?.Dispose();
        }
    }
}
