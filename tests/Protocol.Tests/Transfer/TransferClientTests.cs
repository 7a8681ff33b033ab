using Federated.Engine.Randomness;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;
using Google.Protobuf;
using Xunit;

namespace Federated.Protocol.Tests.Transfer;

public sealed class TransferClientTests : IDisposable
{
    private const int Length = 1_000_003;

    private readonly string folder = Directory.CreateTempSubdirectory("federated-test-").FullName;
    private readonly SampleGate gate = new();
    private readonly BlobSpool server;
    private readonly BlobSpool spool;
    private readonly TransferService service;
    private readonly byte[] content = Samples.Bytes(Length);

    public TransferClientTests()
    {
        server = new BlobSpool(Path.Combine(folder, "server"));
        spool = new BlobSpool(Path.Combine(folder, "client"));
        service = new TransferService(gate, gate, server, new TransferOptions(), TimeProvider.System);
    }

    public static TheoryData<string, Func<byte[], IEnumerable<Chunk>>, TransferError> Rubbish => new()
    {
        { "another total", bytes => [With(Samples.ChunkOf(bytes, 0, 1000), chunk => chunk.Total++)], TransferError.WrongTotal },
        { "a total that no blob has", bytes => [With(Samples.ChunkOf(bytes, 0, 1000), chunk => chunk.Total = ulong.MaxValue)], TransferError.WrongTotal },
        { "a total that changes", bytes => [Samples.ChunkOf(bytes, 0, 1000), With(Samples.ChunkOf(bytes, 1000, 1000), chunk => chunk.Total--)], TransferError.WrongTotal },
        { "a gap", bytes => [Samples.ChunkOf(bytes, 0, 1000), Samples.ChunkOf(bytes, 1001, 1000)], TransferError.WrongOffset },
        { "a chunk again", bytes => [Samples.ChunkOf(bytes, 0, 1000), Samples.ChunkOf(bytes, 0, 1000)], TransferError.WrongOffset },
        { "an offset in the upper half", bytes => [With(Samples.ChunkOf(bytes, 0, 1000), chunk => chunk.Offset = 1UL << 63)], TransferError.WrongOffset },
        { "an empty chunk", bytes => [Samples.ChunkOf(bytes, 0, 1000), Samples.ChunkOf(bytes, 1000, 0)], TransferError.WrongChunkLength },
        { "a chunk above a mebibyte", bytes => [With(Samples.ChunkOf(bytes, 0, 1000), chunk => chunk.Data = ByteString.CopyFrom(new byte[TransferLimits.MaximumChunkBytes + 1]))], TransferError.WrongChunkLength },
        { "more than announced", bytes => [Samples.ChunkOf(bytes, 0, Length), With(Samples.ChunkOf(bytes, 0, 1000), chunk => chunk.Offset = Length)], TransferError.TooLong },
        { "no end", Endless, TransferError.TooLong },
        { "checksums that are always wrong", bytes => [With(Samples.ChunkOf(bytes, 0, 1000), chunk => chunk.Crc32C ^= 1)], TransferError.WrongChecksum },
        { "other bytes", bytes => Whole(Samples.Bytes(Length, 2)), TransferError.WrongDigest },
    };

    public void Dispose()
    {
        spool.Dispose();
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task A_fetch_over_connections_that_break_anywhere_brings_every_byte_and_none_twice_but_those_of_the_chunk_under_way(int seed)
    {
        gate.Blobs[BlobName.Payload(Samples.Run, BlobDigest.Of(content))] = Blob.FromMemory(content);
        BreakingConnection connection = new(service, Breaks(seed));

        Blob blob = await ClientOf(connection).FetchAsync(Samples.Run, BlobDigest.Of(content), Length, Length).WaitAsync(Samples.Limit);

        Assert.Equal(content, (await blob.LoadAsync(Length)).ToArray());
        AssertSentOnce(connection);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task An_upload_over_connections_that_break_anywhere_brings_every_byte_and_none_twice_but_those_of_the_chunk_under_way(int seed)
    {
        string path = Path.Combine(folder, "answer");
        await File.WriteAllBytesAsync(path, content);
        using Blob source = await Blob.FromFileAsync(path);
        BreakingConnection connection = new(service, Breaks(seed));

        await ClientOf(connection).UploadAsync(Samples.Run, 1, source).WaitAsync(Samples.Limit);

        Assert.Equal(content, Assert.Single(gate.Taken).Content);
        AssertSentOnce(connection);
    }

    [Fact]
    public async Task What_is_here_does_not_cross_again_and_of_fetches_at_the_same_time_one_crosses()
    {
        gate.Blobs[BlobName.Payload(Samples.Run, BlobDigest.Of(content))] = Blob.FromMemory(content);
        BreakingConnection connection = new(service, () => long.MaxValue);
        TransferClient client = ClientOf(connection);

        Blob[] blobs = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.FetchAsync(Samples.Run, BlobDigest.Of(content), Length, Length))).WaitAsync(Samples.Limit);

        Assert.All(blobs, blob => Assert.Same(blobs[0], blob));
        Assert.Equal((1, (long)Length), (connection.Calls, connection.DataSent));
    }

    [Fact]
    public async Task What_is_kept_crosses_under_a_digest_that_is_not_that_of_its_bytes()
    {
        BlobDigest name = BlobDigest.Of("a mask"u8);
        gate.Blobs[BlobName.Kept(Samples.Run, name)] = Blob.FromMemory(content);
        TransferClient client = ClientOf(new BreakingConnection(service, Breaks(9)));

        Blob blob = await client.FetchKeptAsync(Samples.Run, name, Length).WaitAsync(Samples.Limit);

        Assert.Equal((BlobDigest.Of(content), Length), (blob.Digest, blob.Length));
        blob.Dispose();
        Assert.Equal(TransferError.OverLimit, (await Assert.ThrowsAsync<TransferException>(() => client.FetchKeptAsync(Samples.Run, name, Length - 1).WaitAsync(Samples.Limit))).Error);
        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(TransferLimits.ChunkBytes)]
    [InlineData(TransferLimits.ChunkBytes + 1)]
    public async Task Blobs_of_any_length_cross_both_ways(int length)
    {
        byte[] bytes = Samples.Bytes(length);
        Blob source = Blob.FromMemory(bytes);
        gate.Blobs[BlobName.Payload(Samples.Run, source.Digest)] = source;
        BreakingConnection connection = new(service, () => long.MaxValue);
        TransferClient client = ClientOf(connection);

        Blob fetched = await client.FetchAsync(Samples.Run, source.Digest, length, length).WaitAsync(Samples.Limit);
        Assert.Equal(1, connection.Calls);
        await client.UploadAsync(Samples.Run, 1, fetched).WaitAsync(Samples.Limit);

        Assert.Equal(bytes, Assert.Single(gate.Taken).Content);
        // What is one chunk needs no inquiry.
        Assert.Equal(length > TransferLimits.ChunkBytes ? 3 : 2, connection.Calls);
    }

    [Theory]
    [MemberData(nameof(Rubbish), DisableDiscoveryEnumeration = true)]
    public async Task A_server_that_sends_rubbish_is_found_out(string what, Func<byte[], IEnumerable<Chunk>> answer, TransferError error)
    {
        ScriptedConnection connection = new(_ => answer(content));

        TransferException failure = await Assert.ThrowsAsync<TransferException>(() => FetchAsync(connection));

        Assert.True(error == failure.Error, $"{what}: {failure}");
        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
        Assert.InRange(connection.Requests.Count, 1, 8);
    }

    [Fact]
    public async Task One_wrong_checksum_costs_one_chunk()
    {
        bool wrong = true;
        ScriptedConnection connection = new(request => Whole(content, (int)request.Offset).Select(chunk =>
        {
            if (wrong && chunk.Offset == 131072)
            {
                wrong = false;
                chunk.Crc32C++;
            }

            return chunk;
        }));

        await FetchAsync(connection);

        Assert.Equal([0UL, 131072], connection.Requests.Select(request => request.Offset));
    }

    [Fact]
    public async Task A_server_that_changes_its_mind_about_the_content_is_asked_once_more_from_the_start()
    {
        ScriptedConnection connection = null!;
        connection = new ScriptedConnection(_ => Whole(connection.Requests.Count == 1 ? Samples.Bytes(Length, 2) : content));

        await FetchAsync(connection);

        Assert.Equal([0UL, 0], connection.Requests.Select(request => request.Offset));
    }

    [Theory]
    [InlineData(RpcStatusCode.NotFound, TransferError.NotFound, 1)]
    [InlineData(RpcStatusCode.PermissionDenied, TransferError.Refused, 1)]
    [InlineData(RpcStatusCode.Unauthenticated, TransferError.Refused, 1)]
    [InlineData(RpcStatusCode.InvalidArgument, TransferError.BadName, 1)]
    [InlineData(RpcStatusCode.Unimplemented, TransferError.Refused, 1)]
    [InlineData(RpcStatusCode.Unavailable, TransferError.Unreachable, 8)]
    [InlineData(RpcStatusCode.Internal, TransferError.Unreachable, 8)]
    [InlineData(RpcStatusCode.Aborted, TransferError.Unreachable, 8)]
    public async Task A_status_is_tried_again_only_where_that_can_mend_it(RpcStatusCode code, TransferError error, int tries)
    {
        ScriptedConnection connection = new(_ => throw new RpcException(new RpcStatus(code, "so it is")));

        TransferException failure = await Assert.ThrowsAsync<TransferException>(() => FetchAsync(connection));

        Assert.Equal((error, tries), (failure.Error, connection.Requests.Count));
        Assert.Contains("so it is", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_asked_again_for_what_is_missing()
    {
        ManualTime time = new();
        ScriptedConnection connection = null!;
        connection = new ScriptedConnection(request => request.Offset == 0 ? [Samples.ChunkOf(content, 0, 65536)] : Whole(content, (int)request.Offset), ends: false);
        TransferClient client = new(connection, spool, Samples.Impatient, time);
        using CancellationTokenSource stop = new();
        Task<Blob> fetch = client.FetchAsync(Samples.Run, BlobDigest.Of(content), Length, Length, stop.Token);
        await connection.Opened.WaitAsync().WaitAsync(Samples.Limit);
        await connection.Stream!.Waiting.WaitAsync(Samples.Limit);

        time.Advance(TimeSpan.FromSeconds(31));

        await connection.Opened.WaitAsync().WaitAsync(Samples.Limit);
        Assert.Equal([0UL, 65536], connection.Requests.Select(request => request.Offset));
        await connection.Stream.Waiting.WaitAsync(Samples.Limit);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch.WaitAsync(Samples.Limit));
        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
    }

    [Fact]
    public async Task Pauses_between_tries_double_up_to_the_longest()
    {
        ManualTime time = new();
        ScriptedConnection connection = new(_ => throw new RpcException(new RpcStatus(RpcStatusCode.Unavailable, "down")));
        TransferClient client = new(connection, spool, new TransferOptions { Tries = 5, FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(3) }, time);
        Task<Blob> fetch = client.FetchAsync(Samples.Run, BlobDigest.Of(content), Length, Length);

        foreach (int seconds in new[] { 1, 2, 3, 3 })
        {
            await time.WaitForTimerAsync(TimeSpan.FromSeconds(seconds)).WaitAsync(Samples.Limit);
            Assert.False(fetch.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(seconds));
        }

        await Assert.ThrowsAsync<TransferException>(() => fetch.WaitAsync(Samples.Limit));
        Assert.Equal(5, connection.Requests.Count);
    }

    [Fact]
    public async Task An_upload_whose_bytes_are_not_those_of_its_name_is_given_up_after_the_second_time()
    {
        BreakingConnection connection = new(service, () => long.MaxValue);
        Blob wrong = Blob.FromMemory(content, BlobDigest.Of("something else"u8));

        TransferException failure = await Assert.ThrowsAsync<TransferException>(() => ClientOf(connection).UploadAsync(Samples.Run, 1, wrong).WaitAsync(Samples.Limit));

        Assert.Equal((TransferError.WrongDigest, 2L * Length), (failure.Error, connection.DataSent));
        Assert.Equal((0, 0), (server.MemoryUsed, server.FileUsed));
    }

    [Fact]
    public async Task An_upload_that_the_gate_refuses_is_not_sent_and_says_why()
    {
        gate.Refusal = new RpcException(new RpcStatus(RpcStatusCode.FailedPrecondition, "the list is not handed out"));
        BreakingConnection connection = new(service, () => long.MaxValue);

        TransferException failure = await Assert.ThrowsAsync<TransferException>(() => ClientOf(connection).UploadAsync(Samples.Run, 1, Blob.FromMemory(content)).WaitAsync(Samples.Limit));

        Assert.Equal((TransferError.Refused, 0L), (failure.Error, connection.DataSent));
        Assert.Equal(RpcStatusCode.FailedPrecondition, Assert.IsType<RpcException>(failure.InnerException).Status.Code);
        Assert.Contains("the list is not handed out", failure.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<Chunk> Whole(byte[] bytes, int from = 0)
    {
        for (int offset = from; offset < bytes.Length; offset += TransferLimits.ChunkBytes)
            yield return Samples.ChunkOf(bytes, offset, Math.Min(TransferLimits.ChunkBytes, bytes.Length - offset));
    }

    private static IEnumerable<Chunk> Endless(byte[] bytes)
    {
        byte[] data = new byte[1000];
        for (ulong offset = 0; ; offset += 1000)
            yield return new Chunk { Offset = offset, Data = UnsafeByteOperations.UnsafeWrap(data), Crc32C = Crc32C.Compute(data), Total = (ulong)bytes.Length };
    }

    private static Chunk With(Chunk chunk, Action<Chunk> change)
    {
        change(chunk);
        return chunk;
    }

    /// <summary>Calls break after 0 to 300,000 bytes, and one in eight at once.</summary>
    private static Func<long> Breaks(int seed)
    {
        KeyedRandom random = new(new RandomKey(11, RandomPurpose.Synthetic, Client: seed));
        return () => random.Next(8) == 0 ? 0 : random.Next(300_000);
    }

    private static void AssertSentOnce(BreakingConnection connection)
    {
        Assert.InRange(connection.Breaks, 3, 100);
        Assert.InRange(connection.DataSent, Length, Length + ((long)connection.Breaks * TransferLimits.ChunkBytes));
    }

    private TransferClient ClientOf(ITransferConnection connection) =>
        new(connection, spool, connection is BreakingConnection ? Samples.Impatient with { Tries = 100 } : Samples.Impatient, TimeProvider.System);

    private Task<Blob> FetchAsync(ITransferConnection connection) => ClientOf(connection).FetchAsync(Samples.Run, BlobDigest.Of(content), Length, Length).WaitAsync(Samples.Limit);
}
