using System.Buffers.Binary;
using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Federated.Rpc.Tests.V1;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>gzip on the wire, message by message.</summary>
public sealed class CompressionTests
{
    private static readonly RpcServiceOptions Gzip = new() { Compression = RpcCompression.Gzip };
    private static readonly ProbeRequest Zeros = new() { Payload = ByteString.CopyFrom(new byte[300_000]) };

    [Theory]
    [InlineData(RpcCompression.None, false)]
    [InlineData(RpcCompression.Gzip, false)]
    [InlineData(RpcCompression.None, true)]
    [InlineData(RpcCompression.Gzip, true)]
    public async Task Messages_arrive_whatever_is_compressed(RpcCompression client, bool server)
    {
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService(), server ? Gzip : null));
        RpcChannel channel = host.Channel();
        var options = new RpcCallOptions { Compression = client };

        ProbeResponse unary = await channel.UnaryAsync(ProbeMethods.Unary, Zeros, options).WaitAsync(ProbeMethods.Limit);
        Assert.Equal(Zeros.Payload, unary.Payload);
        await using DuplexCall<ProbeRequest, ProbeResponse> talk = channel.Duplex(ProbeMethods.Talk, options);
        for (int i = 0; i < 4; i++)
        {
            talk.Compress = i % 2 == 0;
            Assert.Equal(talk.Compress, i % 2 == 0 && client == RpcCompression.Gzip);
            await talk.WriteAsync(Zeros).AsTask().WaitAsync(ProbeMethods.Limit);
            Assert.Equal(Zeros.Payload, (await talk.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit))!.Payload);
        }
    }

    [Fact]
    public async Task Requests_are_compressed_one_by_one()
    {
        var frames = new TaskCompletionSource<(string? Encoding, byte[] Body)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapPost(ProbeMethods.Upload.Path, (RequestDelegate)(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            frames.TrySetResult((http.Request.Headers["grpc-encoding"], body.ToArray()));
        })));
        await using ClientStreamingCall<ProbeRequest, ProbeResponse> call = host.Channel().ClientStreaming(ProbeMethods.Upload, new RpcCallOptions { Compression = RpcCompression.Gzip });

        await call.WriteAsync(Zeros).AsTask().WaitAsync(ProbeMethods.Limit);
        call.Compress = false;
        await call.WriteAsync(Zeros).AsTask().WaitAsync(ProbeMethods.Limit);
        await Assert.ThrowsAsync<RpcException>(() => call.CompleteAsync().WaitAsync(ProbeMethods.Limit));

        (string? encoding, byte[] bytes) = await frames.Task.WaitAsync(ProbeMethods.Limit);
        Assert.Equal("gzip", encoding);
        int first = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1));
        Assert.Equal(1, bytes[0]);
        Assert.InRange(first, 20, 10_000);
        Assert.Equal(0, bytes[5 + first]);
        Assert.Equal(Zeros.CalculateSize(), BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(5 + first + 1)));
    }

    [Theory]
    [InlineData("gzip", 1)]
    [InlineData("deflate, gzip", 1)]
    [InlineData("deflate", 0)]
    [InlineData("", 0)]
    public async Task Responses_are_compressed_for_who_accepts_it(string accepted, byte flag)
    {
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService(), Gzip));
        using var client = new RawClient(host.Address);

        RawAnswer answer = await client.PostAsync(ProbeMethods.Unary.Path, RawClient.Frame(0, Zeros.ToByteArray()), headers: ("grpc-accept-encoding", accepted));

        Assert.Equal("0", answer.Status);
        Assert.Equal(flag, answer.Body[0]);
        Assert.Equal(flag == 1 ? "gzip" : null, answer.Headers.GetValueOrDefault("grpc-encoding"));
    }

    [Fact]
    public async Task A_service_chooses_for_each_response()
    {
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService
        {
            OnDownload = async (responses, call) =>
            {
                foreach (bool compress in new[] { true, false, true })
                {
                    call.Compress = compress;
                    await responses.WriteAsync(new ProbeResponse { Payload = Zeros.Payload }, call.Cancel);
                }
            },
        }));
        using var client = new RawClient(host.Address);

        RawAnswer answer = await client.PostAsync(ProbeMethods.Download.Path, RawClient.Frame(0, []), headers: ("grpc-accept-encoding", "gzip"));

        var flags = new List<byte>();
        for (int at = 0; at < answer.Body.Length; at += 5 + BinaryPrimitives.ReadInt32BigEndian(answer.Body.AsSpan(at + 1)))
            flags.Add(answer.Body[at]);
        Assert.Equal([1, 0, 1], flags);
        Assert.Equal("0", answer.Status);
    }
}
