using Federated.Interop.Testing;
using Federated.Protocol.Rpc;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Xunit;

namespace Federated.Interop;

/// <summary>The interoperability suite's cases with our client; each asserts what the suite says.</summary>
internal sealed class OurClient(int port) : IAsyncDisposable
{
    public const string Special = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
    private const string Initial = "x-grpc-test-echo-initial";
    private const string Trailing = "x-grpc-test-echo-trailing-bin";

    private static readonly ServiceDescriptor Service = TestingReflection.Descriptor.Services.Single(static service => service.Name == "TestService");
    private static readonly ServiceDescriptor Missing = TestingReflection.Descriptor.Services.Single(static service => service.Name == "UnimplementedService");
    private static readonly RpcMethod<Empty, Empty> EmptyCall = RpcMethod.Of<Empty, Empty>(Service, "EmptyCall");
    private static readonly RpcMethod<SimpleRequest, SimpleResponse> UnaryCall = RpcMethod.Of<SimpleRequest, SimpleResponse>(Service, "UnaryCall");
    private static readonly RpcMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> OutputCall =
        RpcMethod.Of<StreamingOutputCallRequest, StreamingOutputCallResponse>(Service, "StreamingOutputCall");
    private static readonly RpcMethod<StreamingInputCallRequest, StreamingInputCallResponse> InputCall =
        RpcMethod.Of<StreamingInputCallRequest, StreamingInputCallResponse>(Service, "StreamingInputCall");
    private static readonly RpcMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> DuplexCall =
        RpcMethod.Of<StreamingOutputCallRequest, StreamingOutputCallResponse>(Service, "FullDuplexCall");

    private static readonly int[] RequestSizes = [27182, 8, 1828, 45904];
    private static readonly int[] ResponseSizes = [31415, 9, 2653, 58979];

    // What the server ends with is compressed when asked; the client's own limit allows for the cases' megabytes.
    private readonly RpcChannel channel = new(new Uri($"http://127.0.0.1:{port}"), new RpcChannelOptions());

    public ValueTask DisposeAsync() => channel.DisposeAsync();

    /// <summary>Runs a case by its name in the suite.</summary>
    public Task RunAsync(string name) => name switch
    {
        "empty_unary" => EmptyUnaryAsync(),
        "large_unary" or "server_compressed_unary" => LargeUnaryAsync(RpcCompression.None),
        "client_compressed_unary" => LargeUnaryAsync(RpcCompression.Gzip),
        "client_streaming" => ClientStreamingAsync(RpcCompression.None),
        "client_compressed_streaming" => ClientStreamingAsync(RpcCompression.Gzip),
        "server_streaming" or "server_compressed_streaming" => ServerStreamingAsync(),
        "ping_pong" => PingPongAsync(),
        "empty_stream" => EmptyStreamAsync(),
        "custom_metadata" => CustomMetadataAsync(),
        "status_code_and_message" => StatusAsync("test status message"),
        "special_status_message" => StatusAsync(Special),
        "unimplemented_method" => UnimplementedAsync(Service),
        "unimplemented_service" => UnimplementedAsync(Missing),
        "cancel_after_begin" => CancelAfterBeginAsync(),
        "cancel_after_first_response" => CancelAfterFirstResponseAsync(),
        "timeout_on_sleeping_server" => TimeoutAsync(),
        "concurrent_calls" => ConcurrentCallsAsync(),
        _ => throw new ArgumentException($"there is no case {name}", nameof(name)),
    };

    /// <summary>Begins a stream of requests, for a test of its own.</summary>
    public ClientStreamingCall<StreamingInputCallRequest, StreamingInputCallResponse> BeginInput() => channel.ClientStreaming(InputCall);

    /// <summary>A call that a server always answers.</summary>
    public async Task EmptyUnaryAsync() => Assert.Equal(new Empty(), await channel.UnaryAsync(EmptyCall, new Empty()));

    /// <summary>A streamed request of so many zero bytes.</summary>
    public static StreamingInputCallRequest Input(int size) => new() { Payload = Of(size) };

    private async Task LargeUnaryAsync(RpcCompression compression)
    {
        SimpleResponse response = await channel.UnaryAsync(UnaryCall, Large(), new RpcCallOptions { Compression = compression });
        Assert.Equal(new byte[314159], response.Payload.Body.ToByteArray());
    }

    private async Task ClientStreamingAsync(RpcCompression compression)
    {
        await using ClientStreamingCall<StreamingInputCallRequest, StreamingInputCallResponse> call = channel.ClientStreaming(InputCall, new RpcCallOptions { Compression = compression });
        foreach (int size in RequestSizes)
            await call.WriteAsync(Input(size));
        Assert.Equal(74922, (await call.CompleteAsync()).AggregatedPayloadSize);
    }

    private async Task ServerStreamingAsync()
    {
        await using ServerStreamingCall<StreamingOutputCallResponse> call = channel.ServerStreaming(OutputCall, Output(0, ResponseSizes));
        foreach (int size in ResponseSizes)
            await AssertResponseAsync(call, size);
        Assert.Null(await call.ReadAsync());
    }

    private async Task PingPongAsync()
    {
        await using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = channel.Duplex(DuplexCall);
        for (int i = 0; i < ResponseSizes.Length; i++)
        {
            await call.WriteAsync(Output(RequestSizes[i], ResponseSizes[i]));
            await AssertResponseAsync(call, ResponseSizes[i]);
        }

        await call.CompleteRequestsAsync();
        Assert.Null(await call.ReadAsync());
    }

    private async Task EmptyStreamAsync()
    {
        await using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = channel.Duplex(DuplexCall);
        await call.CompleteRequestsAsync();
        Assert.Null(await call.ReadAsync());
        Assert.Equal(RpcStatusCode.Ok, call.Status?.Code);
    }

    private async Task CustomMetadataAsync()
    {
        byte[] bytes = [0xab, 0xab, 0xab];
        var options = new RpcCallOptions { Metadata = new RpcMetadata { { Initial, "test_initial_metadata_value" }, { Trailing, bytes } } };
        RpcResponse<SimpleResponse> response = await channel.UnaryWithMetadataAsync(UnaryCall, Large(), options);
        Assert.Equal(314159, response.Message.Payload.Body.Length);
        Assert.Equal("test_initial_metadata_value", response.Headers.GetText(Initial));
        Assert.Equal(bytes, response.Trailers.GetBytes(Trailing)?.ToArray());

        await using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = channel.Duplex(DuplexCall, options);
        await call.WriteAsync(Output(271828, 314159));
        await AssertResponseAsync(call, 314159);
        await call.CompleteRequestsAsync();
        Assert.Null(await call.ReadAsync());
        Assert.Equal("test_initial_metadata_value", (await call.HeadersAsync()).GetText(Initial));
        Assert.Equal(bytes, call.Trailers.GetBytes(Trailing)?.ToArray());
    }

    private async Task StatusAsync(string message)
    {
        var wanted = new EchoStatus { Code = (int)RpcStatusCode.Unknown, Message = message };
        RpcException unary = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(UnaryCall, new SimpleRequest { ResponseStatus = wanted }));
        Assert.Equal(new RpcStatus(RpcStatusCode.Unknown, message), unary.Status);

        await using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = channel.Duplex(DuplexCall);
        await call.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = wanted });
        await call.CompleteRequestsAsync();
        RpcException duplex = await Assert.ThrowsAsync<RpcException>(async () => await call.ReadAsync());
        Assert.Equal(new RpcStatus(RpcStatusCode.Unknown, message), duplex.Status);
    }

    private async Task UnimplementedAsync(ServiceDescriptor service)
    {
        RpcMethod<Empty, Empty> method = RpcMethod.Of<Empty, Empty>(service, "UnimplementedCall");
        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(method, new Empty()));
        Assert.Equal(RpcStatusCode.Unimplemented, failure.Code);
    }

    private async Task CancelAfterBeginAsync()
    {
        using var source = new CancellationTokenSource();
        await using ClientStreamingCall<StreamingInputCallRequest, StreamingInputCallResponse> call = channel.ClientStreaming(InputCall, cancel: source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(call.CompleteAsync);
        await EmptyUnaryAsync();
    }

    private async Task CancelAfterFirstResponseAsync()
    {
        using var source = new CancellationTokenSource();
        await using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = channel.Duplex(DuplexCall, cancel: source.Token);
        await call.WriteAsync(Output(27182, 31415));
        await AssertResponseAsync(call, 31415);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call.ReadAsync());
        await EmptyUnaryAsync();
    }

    private async Task TimeoutAsync()
    {
        RpcException failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = channel.Duplex(DuplexCall, new RpcCallOptions { Timeout = TimeSpan.FromMilliseconds(1) });
            await call.WriteAsync(Output(27182));
            await call.ReadAsync();
        });
        Assert.Equal(RpcStatusCode.DeadlineExceeded, failure.Code);
    }

    private async Task ConcurrentCallsAsync()
    {
        SimpleResponse[] responses = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            channel.UnaryAsync(UnaryCall, new SimpleRequest { ResponseSize = 1000 + i, Payload = Of(2000) })));
        Assert.Equal(Enumerable.Range(1000, 200), responses.Select(static response => response.Payload.Body.Length));
    }

    private static async Task AssertResponseAsync(IRpcReader<StreamingOutputCallResponse> reader, int size)
    {
        StreamingOutputCallResponse? response = await reader.ReadAsync();
        Assert.Equal(size, response?.Payload.Body.Length);
    }

    private static SimpleRequest Large() => new() { ResponseSize = 314159, Payload = Of(271828), ResponseCompressed = new BoolValue { Value = true } };

    private static StreamingOutputCallRequest Output(int requestSize, params int[] responseSizes) => new()
    {
        Payload = Of(requestSize),
        ResponseParameters = { responseSizes.Select(static size => new ResponseParameters { Size = size, Compressed = new BoolValue { Value = true } }) },
    };

    private static Payload Of(int size) => new() { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
}
