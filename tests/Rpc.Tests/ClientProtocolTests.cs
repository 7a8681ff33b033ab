using System.IO.Compression;
using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Federated.Rpc.Tests.V1;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>What a client makes of a server that does not keep to the protocol, or is none of gRPC.</summary>
public sealed class ClientProtocolTests
{
    private const int Largest = 100_000;

    /// <summary>The handler tries again what was refused, and may find the connection closed meanwhile.</summary>
    private const string AnyMessage = "*";

    private static readonly byte[] Message = RawClient.Frame(0, new ProbeResponse { Count = 7 }.ToByteArray());

    private static readonly Dictionary<string, (Func<HttpContext, Task> Server, RpcStatus Expected)> Cases = new(StringComparer.Ordinal)
    {
        ["no status"] = (http => AnswerAsync(http, Message), RpcFailures.MissingStatus),
        ["status is no number"] = (http => AnswerAsync(http, Message, "seven"), RpcFailures.BadStatus),
        ["status is unknown"] = (http => AnswerAsync(http, Message, "99", "new"), new RpcStatus(RpcStatusCode.Unknown, "new")),
        ["status after a message"] = (http => AnswerAsync(http, Message, "10", "lost"), new RpcStatus(RpcStatusCode.Aborted, "lost")),
        ["trailers only"] = (http => HeadersAsync(http, "7", "no%20way"), new RpcStatus(RpcStatusCode.PermissionDenied, "no way")),
        ["trailers only with Ok"] = (http => HeadersAsync(http, "0", ""), RpcFailures.MissingMessage),
        ["no message"] = (http => AnswerAsync(http, [], "0"), RpcFailures.MissingMessage),
        ["two messages"] = (http => AnswerAsync(http, [.. Message, .. Message], "0"), RpcFailures.SurplusMessage),
        ["half a prefix"] = (http => AnswerAsync(http, [0, 0], "0"), RpcFailures.TruncatedMessage),
        ["half a message"] = (http => AnswerAsync(http, Message[..^1], "0"), RpcFailures.TruncatedMessage),
        ["no message at all"] = (http => AnswerAsync(http, RawClient.Frame(0, [0x0a, 0x7f]), "0"), RpcFailures.DamagedMessage),
        ["too large"] = (http => AnswerAsync(http, RawClient.Frame(0, Largest + 1u), "0"), RpcFailures.MessageTooLarge),
        ["absurdly large"] = (http => AnswerAsync(http, RawClient.Frame(0, uint.MaxValue), "0"), RpcFailures.MessageTooLarge),
        ["reserved flag"] = (http => AnswerAsync(http, RawClient.Frame(7, []), "0"), RpcFailures.ReservedFlag),
        ["compressed without encoding"] = (http => AnswerAsync(http, RawClient.Frame(1, [1]), "0"), RpcFailures.CompressedWithoutEncoding),
        ["unknown encoding"] = (http => EncodedAsync(http, "snappy", RawClient.Frame(1, [1])), RpcFailures.UnknownEncoding),
        ["damaged gzip"] = (http => EncodedAsync(http, "gzip", RawClient.Frame(1, [1])), RpcFailures.DamagedGzip),
        ["bomb"] = (http => EncodedAsync(http, "gzip", RawClient.Frame(1, Bomb())), RpcFailures.InflatedTooLarge),
        ["a web page"] = (http => http.Response.WriteAsync("<html>"), RpcFailures.NotGrpc),
        ["HTTP 401"] = (http => FailAsync(http, 401), new RpcStatus(RpcStatusCode.Unauthenticated, "the server answered with HTTP status 401")),
        ["HTTP 404"] = (http => FailAsync(http, 404), new RpcStatus(RpcStatusCode.Unimplemented, "the server answered with HTTP status 404")),
        ["HTTP 503"] = (http => FailAsync(http, 503), new RpcStatus(RpcStatusCode.Unavailable, "the server answered with HTTP status 503")),
        ["reset as cancelled"] = (http => ResetAsync(http, 0x8), new RpcStatus(RpcStatusCode.Cancelled, "the server reset the stream with HTTP/2 error 0x8")),
        ["reset as refused"] = (http => ResetAsync(http, 0x7), new RpcStatus(RpcStatusCode.Unavailable, AnyMessage)),
        ["reset as too much"] = (http => ResetAsync(http, 0xb), new RpcStatus(RpcStatusCode.ResourceExhausted, "the server reset the stream with HTTP/2 error 0xb")),
        ["reset as a fault"] = (http => ResetAsync(http, 0x2), new RpcStatus(RpcStatusCode.Internal, "the server reset the stream with HTTP/2 error 0x2")),
        ["reset within a message"] = (ResetLaterAsync, new RpcStatus(RpcStatusCode.ResourceExhausted, "the server reset the stream with HTTP/2 error 0xb")),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_bad_answer_is_a_typed_failure(string name)
    {
        (Func<HttpContext, Task> server, RpcStatus expected) = Cases[name];
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes =>
        {
            routes.MapPost(ProbeMethods.Unary.Path, (RequestDelegate)(http => server(http)));
            routes.MapPost(ProbeMethods.Upload.Path, (RequestDelegate)(http => server(http)));
        });
        RpcChannel channel = host.Channel(new RpcChannelOptions { LargestResponse = Largest });

        RpcException unary = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest()).WaitAsync(ProbeMethods.Limit));
        await using ClientStreamingCall<ProbeRequest, ProbeResponse> upload = channel.ClientStreaming(ProbeMethods.Upload);
        RpcException stream = await Assert.ThrowsAsync<RpcException>(() => upload.CompleteAsync().WaitAsync(ProbeMethods.Limit));

        AssertStatus(expected, unary.Status);
        AssertStatus(expected, stream.Status);
    }

    [Fact]
    public async Task Messages_before_a_bad_one_are_delivered()
    {
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapPost(
            ProbeMethods.Download.Path, (RequestDelegate)(http => AnswerAsync(http, [.. Message, .. Message, .. RawClient.Frame(3, [])], "0"))));
        await using ServerStreamingCall<ProbeResponse> call = host.Channel().ServerStreaming(ProbeMethods.Download, new ProbeRequest());

        Assert.Equal(7, (await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit))!.Count);
        Assert.Equal(7, (await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit))!.Count);
        RpcException end = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcFailures.ReservedFlag, end.Status);
        RpcException again = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcFailures.ReservedFlag, again.Status);
    }

    [Fact]
    public async Task A_request_beyond_the_own_limit_is_not_sent()
    {
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService()));
        RpcChannel channel = host.Channel(new RpcChannelOptions { LargestRequest = 1000 });
        var large = new ProbeRequest { Payload = ByteString.CopyFrom(new byte[1000]) };

        RpcException unary = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(ProbeMethods.Unary, large).WaitAsync(ProbeMethods.Limit));
        await using DuplexCall<ProbeRequest, ProbeResponse> talk = channel.Duplex(ProbeMethods.Talk);
        RpcException duplex = await Assert.ThrowsAsync<RpcException>(() => talk.WriteAsync(large).AsTask().WaitAsync(ProbeMethods.Limit));

        Assert.Equal(RpcFailures.MessageTooLarge, unary.Status);
        Assert.Equal(RpcFailures.MessageTooLarge, duplex.Status);
        await talk.WriteAsync(new ProbeRequest()).AsTask().WaitAsync(ProbeMethods.Limit); // nothing was sent: the call goes on
        Assert.NotNull(await talk.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
    }

    private static void AssertStatus(RpcStatus expected, RpcStatus actual)
    {
        Assert.Equal(expected.Code, actual.Code);
        if (expected.Message != AnyMessage)
            Assert.Equal(expected.Message, actual.Message);
    }

    private static async Task AnswerAsync(HttpContext http, byte[] body, string? status = null, string? message = null)
    {
        http.Response.ContentType = "application/grpc";
        await http.Response.StartAsync();
        await http.Response.Body.WriteAsync(body);
        if (status is not null)
            http.Response.AppendTrailer("grpc-status", status);
        if (message is not null)
            http.Response.AppendTrailer("grpc-message", message);
    }

    private static Task EncodedAsync(HttpContext http, string encoding, byte[] body)
    {
        http.Response.Headers["grpc-encoding"] = encoding;
        return AnswerAsync(http, body, "0");
    }

    private static Task HeadersAsync(HttpContext http, string status, string message)
    {
        http.Response.ContentType = "application/grpc";
        http.Response.Headers["grpc-status"] = status;
        http.Response.Headers["grpc-message"] = message;
        return Task.CompletedTask;
    }

    private static Task FailAsync(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task ResetAsync(HttpContext http, int error)
    {
        http.Features.GetRequiredFeature<IHttpResetFeature>().Reset(error);
        return Task.CompletedTask;
    }

    private static async Task ResetLaterAsync(HttpContext http)
    {
        http.Response.ContentType = "application/grpc";
        await http.Response.Body.WriteAsync(Message.AsMemory(0, 6));
        await http.Response.Body.FlushAsync();
        await ResetAsync(http, 0xb);
    }

    private static byte[] Bomb()
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal))
            gzip.Write(new byte[32 << 20]);
        return target.ToArray();
    }
}
