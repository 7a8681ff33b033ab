using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Federated.Rpc.Tests.V1;
using Google.Protobuf;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>The four kinds of calls over a real connection.</summary>
public sealed class CallTests : IAsyncLifetime
{
    private RpcTestHost host = null!;
    private RpcChannel channel = null!;

    public async Task InitializeAsync()
    {
        host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService()));
        channel = host.Channel();
    }

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10_000)]
    [InlineData(1 << 20)]
    [InlineData((4 << 20) - 100)]
    public async Task Unary_answers_with_the_bytes_that_were_sent(int size)
    {
        ByteString payload = Bytes(size);

        ProbeResponse response = await channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest { Payload = payload }).WaitAsync(ProbeMethods.Limit);

        Assert.Equal(payload, response.Payload);
    }

    [Fact]
    public async Task Server_stream_arrives_whole_and_in_order()
    {
        await using ServerStreamingCall<ProbeResponse> call = channel.ServerStreaming(ProbeMethods.Download, new ProbeRequest { Responses = 500, ResponseBytes = 5000 });

        for (int i = 1; i <= 500; i++)
        {
            ProbeResponse? response = await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit);
            Assert.Equal(i, response!.Count);
            Assert.Equal(5000, response.Payload.Length);
        }

        Assert.Null(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcStatus.Ok, call.Status);
    }

    [Fact]
    public async Task Server_stream_without_messages_ends_well()
    {
        await using ServerStreamingCall<ProbeResponse> call = channel.ServerStreaming(ProbeMethods.Download, new ProbeRequest());

        Assert.Null(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcStatus.Ok, call.Status);
    }

    [Fact]
    public async Task Client_stream_is_counted_whole()
    {
        await using ClientStreamingCall<ProbeRequest, ProbeResponse> call = channel.ClientStreaming(ProbeMethods.Upload);
        long sum = 0;
        for (int i = 0; i < 300; i++)
        {
            await call.WriteAsync(new ProbeRequest { Payload = Bytes(i * 37) }).AsTask().WaitAsync(ProbeMethods.Limit);
            sum += i * 37;
        }

        ProbeResponse response = await call.CompleteAsync().WaitAsync(ProbeMethods.Limit);

        Assert.Equal(sum, response.Count);
        Assert.Equal(RpcStatus.Ok, call.Status);
    }

    [Fact]
    public async Task Client_stream_without_messages_ends_well()
    {
        await using ClientStreamingCall<ProbeRequest, ProbeResponse> call = channel.ClientStreaming(ProbeMethods.Upload);

        Assert.Equal(0, (await call.CompleteAsync().WaitAsync(ProbeMethods.Limit)).Count);
    }

    [Fact]
    public async Task Duplex_plays_ping_pong()
    {
        await using DuplexCall<ProbeRequest, ProbeResponse> call = channel.Duplex(ProbeMethods.Talk);
        foreach (int size in new[] { 31_415, 9, 2_653, 58_979, 0, 1 << 20, 17 })
        {
            await call.WriteAsync(new ProbeRequest { Payload = Bytes(size) }).AsTask().WaitAsync(ProbeMethods.Limit);
            ProbeResponse? response = await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit);
            Assert.Equal(Bytes(size), response!.Payload);
        }

        await call.CompleteRequestsAsync();
        Assert.Null(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcStatus.Ok, call.Status);
    }

    [Fact]
    public async Task Duplex_lets_the_server_speak_first()
    {
        await using RpcTestHost other = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService
        {
            OnTalk = async (requests, responses, call) =>
            {
                await responses.WriteAsync(new ProbeResponse { Count = 42 }, call.Cancel);
                Assert.Null(await requests.ReadAsync(call.Cancel));
            },
        }));
        await using DuplexCall<ProbeRequest, ProbeResponse> call = other.Channel().Duplex(ProbeMethods.Talk);

        Assert.Equal(42, (await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit))!.Count);
        await call.CompleteRequestsAsync();
        Assert.Null(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
    }

    [Fact]
    public async Task Status_and_its_message_come_back_from_every_kind_of_call()
    {
        const string Message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈 100%\t\n";
        var request = new ProbeRequest { Status = (int)RpcStatusCode.DataLoss, StatusMessage = Message };
        var expected = new RpcStatus(RpcStatusCode.DataLoss, Message);

        RpcException unary = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(ProbeMethods.Unary, request).WaitAsync(ProbeMethods.Limit));
        await using ServerStreamingCall<ProbeResponse> download = channel.ServerStreaming(ProbeMethods.Download, request);
        RpcException server = await Assert.ThrowsAsync<RpcException>(() => download.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        await using ClientStreamingCall<ProbeRequest, ProbeResponse> upload = channel.ClientStreaming(ProbeMethods.Upload);
        await upload.WriteAsync(request).AsTask().WaitAsync(ProbeMethods.Limit);
        RpcException client = await Assert.ThrowsAsync<RpcException>(() => upload.CompleteAsync().WaitAsync(ProbeMethods.Limit));
        await using DuplexCall<ProbeRequest, ProbeResponse> talk = channel.Duplex(ProbeMethods.Talk);
        await talk.WriteAsync(request).AsTask().WaitAsync(ProbeMethods.Limit);
        RpcException duplex = await Assert.ThrowsAsync<RpcException>(() => talk.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));

        Assert.Equal([expected, expected, expected, expected], new[] { unary.Status, server.Status, client.Status, duplex.Status });
        Assert.Equal(expected, talk.Status);
    }

    [Fact]
    public async Task Metadata_goes_both_ways()
    {
        byte[] bytes = [0xab, 0, 0xff, 1];
        var options = new RpcCallOptions { Metadata = new RpcMetadata { { "x-echo", "some text" }, { "x-echo-bin", bytes } } };

        RpcResponse<ProbeResponse> unary = await channel.UnaryWithMetadataAsync(ProbeMethods.Unary, new ProbeRequest(), options).WaitAsync(ProbeMethods.Limit);
        await using DuplexCall<ProbeRequest, ProbeResponse> talk = channel.Duplex(ProbeMethods.Talk, options);
        await talk.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit);
        await talk.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit);
        RpcMetadata headers = await talk.HeadersAsync().WaitAsync(ProbeMethods.Limit);
        await talk.CompleteRequestsAsync();
        Assert.Null(await talk.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));

        Assert.Equal("some text", unary.Headers.GetText("x-echo"));
        Assert.Equal(bytes, unary.Trailers.GetBytes("x-echo-bin")!.Value.ToArray());
        Assert.Equal("some text", headers.GetText("x-echo"));
        Assert.Equal(bytes, talk.Trailers.GetBytes("x-echo-bin")!.Value.ToArray());
    }

    [Fact]
    public async Task Thousand_calls_at_once_are_answered()
    {
        Task<ProbeResponse>[] calls = [.. Enumerable.Range(0, 1000).Select(i => channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest { Payload = Bytes(i) }))];

        ProbeResponse[] responses = await Task.WhenAll(calls).WaitAsync(ProbeMethods.Limit);

        Assert.Equal(Enumerable.Range(0, 1000), responses.Select(response => response.Payload.Length));
    }

    private static ByteString Bytes(int count)
    {
        var bytes = new byte[count];
        for (int i = 0; i < count; i++)
            bytes[i] = (byte)((i * 31) + (i >> 8));
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}
