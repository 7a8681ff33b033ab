using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Federated.Rpc.Tests.V1;
using Google.Protobuf;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>What a server answers to bytes that are not as they should be.</summary>
public sealed class ServerProtocolTests : IAsyncLifetime
{
    private const string Unary = "/federated.rpc.tests.Probe/Unary";
    private const string Upload = "/federated.rpc.tests.Probe/Upload";
    private const int Largest = 100_000;

    private RpcTestHost host = null!;
    private RawClient client = null!;

    public async Task InitializeAsync()
    {
        var service = new ProbeService()
            .With("throw", _ => throw new InvalidOperationException("the password is swordfish"))
            .With("cancel", _ => throw new OperationCanceledException());
        host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, service, new RpcServiceOptions { LargestRequest = Largest }));
        client = new RawClient(host.Address);
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_good_request_is_answered_with_a_frame_and_status_0_in_the_trailers()
    {
        var request = new ProbeRequest { Payload = ByteString.CopyFromUtf8("hello") };

        RawAnswer answer = await client.PostAsync(Unary, RawClient.Frame(0, request.ToByteArray()));

        Assert.Equal(200, answer.Http);
        Assert.Equal("0", answer.Trailers["grpc-status"]);
        Assert.DoesNotContain("grpc-status", answer.Headers);
        Assert.Equal(0, answer.Body[0]);
        Assert.Equal(request.Payload, ProbeResponse.Parser.ParseFrom(answer.Body, 5, answer.Body.Length - 5).Payload);
    }

    [Theory]
    [InlineData("application/grpc", 200)]
    [InlineData("application/grpc+proto", 200)]
    [InlineData("APPLICATION/GRPC", 200)]
    [InlineData("application/json", 415)]
    [InlineData("application/grpc+json", 415)]
    [InlineData("application/grpc-web", 415)]
    [InlineData(null, 415)]
    public async Task Other_content_types_are_not_taken(string? type, int http)
    {
        RawAnswer answer = await client.PostAsync(Unary, RawClient.Frame(0, []), type);

        Assert.Equal(http, answer.Http);
    }

    [Theory]
    [InlineData("/federated.rpc.tests.Probe/Nothing", "the service has no such method")]
    [InlineData("/federated.rpc.tests.Nothing/Unary", "the server has no such service")]
    public async Task What_is_not_there_is_unimplemented_by_trailers_only(string path, string message)
    {
        RawAnswer answer = await client.PostAsync(path, RawClient.Frame(0, []));

        Assert.Equal(200, answer.Http);
        Assert.Equal("12", answer.Headers["grpc-status"]);
        Assert.Equal(message, answer.Message);
        Assert.Empty(answer.Body);
    }

    [Fact]
    public async Task A_message_that_is_announced_too_large_is_refused_before_it_comes()
    {
        // Only the prefix is sent: a server that waited for the message would wait for ever.
        using var content = new OpenEndedContent(RawClient.Frame(0, Largest + 1));

        RawAnswer answer = await client.PostAsync(Upload, content);

        AssertStatus(RpcFailures.MessageTooLarge, answer);
        content.Release();
    }

    [Fact]
    public async Task The_largest_message_is_taken()
    {
        var request = new ProbeRequest { Payload = ByteString.CopyFrom(new byte[Largest - 4]) };
        Assert.Equal(Largest, request.CalculateSize());

        RawAnswer answer = await client.PostAsync(Unary, RawClient.Frame(0, request.ToByteArray()));

        Assert.Equal("0", answer.Status);
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(0x8000_0000u)]
    [InlineData((uint)Largest + 1)]
    public async Task No_length_beyond_the_limit_is_believed(uint length) =>
        AssertStatus(RpcFailures.MessageTooLarge, await client.PostAsync(Unary, RawClient.Frame(0, length)));

    [Theory]
    [InlineData(2)]
    [InlineData(255)]
    public async Task Reserved_flags_are_refused(byte flag) =>
        AssertStatus(RpcFailures.ReservedFlag, await client.PostAsync(Unary, RawClient.Frame(flag, [])));

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 5, 1, 2, 3 })]
    public async Task A_stream_that_ends_within_a_message_is_refused(byte[] body)
    {
        AssertStatus(RpcFailures.TruncatedMessage, await client.PostAsync(Unary, body));
        AssertStatus(RpcFailures.TruncatedMessage, await client.PostAsync(Upload, body));
    }

    [Fact]
    public async Task A_call_needs_its_message() => AssertStatus(RpcFailures.MissingMessage, await client.PostAsync(Unary, []));

    [Fact]
    public async Task A_call_with_one_request_takes_one() =>
        AssertStatus(RpcFailures.SurplusMessage, await client.PostAsync(Unary, [.. RawClient.Frame(0, []), .. RawClient.Frame(0, [])]));

    [Fact]
    public async Task Bytes_that_are_no_message_are_refused() =>
        AssertStatus(RpcFailures.DamagedMessage, await client.PostAsync(Unary, RawClient.Frame(0, [0x0a, 0x7f, 1])));

    [Fact]
    public async Task Compression_that_was_not_named_is_refused() =>
        AssertStatus(RpcFailures.CompressedWithoutEncoding, await client.PostAsync(Unary, RawClient.Frame(1, Gzip(new ProbeRequest().ToByteArray()))));

    [Fact]
    public async Task Unknown_compression_is_refused_and_the_known_ones_are_named()
    {
        RawAnswer answer = await client.PostAsync(Unary, RawClient.Frame(1, [1]), headers: ("grpc-encoding", "snappy"));

        AssertStatus(RpcFailures.UnknownEncoding, answer);
        Assert.Equal("identity,gzip", answer.Headers["grpc-accept-encoding"]);
    }

    [Fact]
    public async Task A_compressed_message_is_inflated()
    {
        var request = new ProbeRequest { Payload = ByteString.CopyFrom(new byte[50_000]) };

        RawAnswer answer = await client.PostAsync(Unary, RawClient.Frame(1, Gzip(request.ToByteArray())), headers: ("grpc-encoding", "gzip"));

        Assert.Equal("0", answer.Status);
        Assert.Equal(50_000, ProbeResponse.Parser.ParseFrom(answer.Body, 5, answer.Body.Length - 5).Payload.Length);
    }

    [Fact]
    public async Task A_bomb_is_inflated_up_to_the_limit_only()
    {
        // 64 MB of zeros in 64 kB; what is allocated for it is a few times the limit.
        byte[] bomb = Gzip(new byte[64 << 20]);
        Assert.InRange(bomb.Length, 1, Largest);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RpcException end = Assert.Throws<RpcException>(() => GzipMessage.Parse(new ReadOnlySequence<byte>(bomb), ProbeRequest.Parser, Largest));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * Largest);
        Assert.Equal(RpcFailures.InflatedTooLarge, end.Status);

        RawAnswer answer = await client.PostAsync(Unary, RawClient.Frame(1, bomb), headers: ("grpc-encoding", "gzip"));

        AssertStatus(RpcFailures.InflatedTooLarge, answer);
    }

    [Fact]
    public async Task Damaged_gzip_is_refused()
    {
        byte[] good = Gzip(new ProbeRequest { Payload = ByteString.CopyFrom(new byte[1000]) }.ToByteArray());
        byte[] flipped = [.. good];
        flipped[good.Length / 2] ^= 0xff;

        AssertStatus(RpcFailures.DamagedGzip, await client.PostAsync(Unary, RawClient.Frame(1, [1, 2, 3, 4]), headers: ("grpc-encoding", "gzip")));
        AssertStatus(RpcFailures.DamagedGzip, await client.PostAsync(Unary, RawClient.Frame(1, flipped), headers: ("grpc-encoding", "gzip")));
        AssertStatus(RpcFailures.DamagedGzip, await client.PostAsync(Unary, RawClient.Frame(1, good[..^6]), headers: ("grpc-encoding", "gzip")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("S")]
    [InlineData("5X")]
    [InlineData("-5S")]
    [InlineData("123456789S")]
    public async Task A_timeout_that_is_none_is_refused(string timeout) =>
        AssertStatus(RpcFailures.BadTimeout, await client.PostAsync(Unary, RawClient.Frame(0, []), headers: ("grpc-timeout", timeout)));

    [Fact]
    public async Task Metadata_that_is_not_base64_is_refused() =>
        AssertStatus(RpcFailures.MetadataNotBase64, await client.PostAsync(Unary, RawClient.Frame(0, []), headers: ("x-echo-bin", "&&&")));

    [Theory]
    [InlineData("q83v", "q83v")]
    [InlineData("qw", "qw")]
    [InlineData("qw==", "qw")]
    public async Task Base64_is_taken_with_and_without_padding(string sent, string received)
    {
        RawAnswer answer = await client.PostAsync(Unary, RawClient.Frame(0, []), headers: ("x-echo-bin", sent));

        Assert.Equal("0", answer.Status);
        Assert.Equal(received, answer.Trailers["x-echo-bin"]);
    }

    [Fact]
    public async Task What_a_service_throws_does_not_cross()
    {
        RawAnswer answer = await client.PostAsync(Unary, RawClient.Frame(0, new ProbeRequest { Script = "throw" }.ToByteArray()));

        AssertStatus(RpcFailures.ServiceFault, answer);
        Assert.DoesNotContain("swordfish", answer.Message);
    }

    [Fact]
    public async Task A_service_that_cancels_is_cancelled() =>
        AssertStatus(RpcFailures.Cancelled, await client.PostAsync(Unary, RawClient.Frame(0, new ProbeRequest { Script = "cancel" }.ToByteArray())));

    [Fact]
    public async Task Messages_of_a_status_are_percent_encoded()
    {
        var request = new ProbeRequest { Status = 2, StatusMessage = "50% ☺\n" };

        RawAnswer answer = await client.PostAsync(Unary, RawClient.Frame(0, request.ToByteArray()));

        Assert.Equal("50%25 %E2%98%BA%0A", answer.Message);
    }

    [Theory]
    [InlineData(Unary)]
    [InlineData(Upload)]
    public async Task A_message_that_trickles_in_ends_the_stream(string path)
    {
        var time = new SteppedTime();
        await using RpcTestHost slow = await RpcTestHost.StartAsync(routes => routes.MapRpcService(
            ProbeMethods.Service, new ProbeService(), new RpcServiceOptions { Time = time, LongestSilence = TimeSpan.FromMinutes(1), LongestRequest = TimeSpan.FromMinutes(1) }));
        using var other = new RawClient(slow.Address);
        using var content = new OpenEndedContent(RawClient.Frame(0, 1000));
        Task<RawAnswer> answer = other.PostAsync(path, content);
        await time.WaitForTimersAsync(1, ProbeMethods.Limit);

        // A byte now and then is no sign of life: only a whole message is.
        for (int i = 0; i < 8 && !answer.IsCompleted; i++)
        {
            await content.SendAsync([0]).WaitAsync(ProbeMethods.Limit);
            time.Advance(TimeSpan.FromSeconds(20));
        }

        AssertStatus(RpcFailures.StreamSilent, await answer.WaitAsync(ProbeMethods.Limit));
        content.Release();
    }

    [Fact]
    public async Task Http_1_is_told_to_upgrade()
    {
        await using RpcTestHost old = await RpcTestHost.StartAsync(
            routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService()), listen => listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1);
        using var other = new RawClient(old.Address);

        RawAnswer answer = await other.PostAsync(Unary, RawClient.Frame(0, []), version: HttpVersion.Version11);

        Assert.Equal(426, answer.Http);
    }

    private static byte[] Gzip(byte[] plain)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal))
            gzip.Write(plain);
        return target.ToArray();
    }

    private static void AssertStatus(RpcStatus expected, RawAnswer answer)
    {
        Assert.Equal(200, answer.Http);
        Assert.Equal(((int)expected.Code).ToString(CultureInfo.InvariantCulture), answer.Status);
        Assert.Equal(expected.Message, answer.Message);
    }

    /// <summary>Sends its bytes and then nothing, without ending.</summary>
    private sealed class OpenEndedContent(byte[] bytes) : HttpContent
    {
        private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Stream> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Sends more; nothing when the server has ended the stream.</summary>
        public async Task SendAsync(byte[] more)
        {
            Stream stream = await opened.Task;
            try
            {
                await stream.WriteAsync(more);
                await stream.FlushAsync();
            }
            catch (Exception end) when (end is IOException or OperationCanceledException or HttpRequestException or ObjectDisposedException)
            {
                // the server has said enough
            }
        }

        public void Release() => released.TrySetResult();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(bytes, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            opened.TrySetResult(stream);
            await released.Task.WaitAsync(cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
