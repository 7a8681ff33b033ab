using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;
using Google.Protobuf;
using Xunit;

namespace Federated.Protocol.Tests.Transfer;

public sealed class TransferServiceTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("federated-test-").FullName;
    private readonly ManualTime time = new();
    private readonly SampleGate gate = new();
    private readonly List<TransferError> refused = [];
    private readonly BlobSpool spool;
    private readonly TransferService service;
    private readonly byte[] content = Samples.Bytes(5000);

    public TransferServiceTests()
    {
        spool = new BlobSpool(folder, new BlobSpoolOptions { MemoryBlobBytes = 1000, FileBudget = 1 << 20 });
        service = new TransferService(gate, gate, spool, new TransferOptions(), time, (_, failure) => refused.Add(failure.Error));
    }

    public static TheoryData<string, UploadPart[], RpcStatusCode> Rubbish
    {
        get
        {
            byte[] content = Samples.Bytes(5000);
            UploadPart open = Open(Samples.Name(content));
            UploadPart first = Samples.Part(content, 0, 1000);
            TheoryData<string, UploadPart[], RpcStatusCode> data = [];
            data.Add("nothing at all", [], RpcStatusCode.InvalidArgument);
            data.Add("an empty message", [new UploadPart()], RpcStatusCode.InvalidArgument);
            data.Add("no name", [first], RpcStatusCode.InvalidArgument);
            data.Add("a digest of 31 bytes", [Open(new UploadName(Samples.Name(content)) { Sha256 = ByteString.CopyFrom(new byte[31]) })], RpcStatusCode.InvalidArgument);
            data.Add("no digest", [Open(new UploadName(Samples.Name(content)) { Sha256 = ByteString.Empty })], RpcStatusCode.InvalidArgument);
            data.Add("no run", [Open(new UploadName(Samples.Name(content)) { Run = "" })], RpcStatusCode.InvalidArgument);
            data.Add("a run of 256 characters", [Open(new UploadName(Samples.Name(content)) { Run = new string('r', 256) })], RpcStatusCode.InvalidArgument);
            data.Add("no length that is one", [Open(new UploadName(Samples.Name(content)) { Length = ulong.MaxValue })], RpcStatusCode.InvalidArgument);
            data.Add("more than an answer has", [Open(new UploadName(Samples.Name(content)) { Length = (1 << 26) + 1 })], RpcStatusCode.ResourceExhausted);
            data.Add("more than the spool has room for", [Open(new UploadName(Samples.Name(content)) { Length = 1 << 25 })], RpcStatusCode.Unavailable);
            data.Add("two names", [open, open], RpcStatusCode.InvalidArgument);
            data.Add("an empty message after the name", [open, new UploadPart()], RpcStatusCode.InvalidArgument);
            data.Add("an empty chunk", [open, first, Samples.Part(content, 1000, 0)], RpcStatusCode.InvalidArgument);
            data.Add("a gap", [open, first, Samples.Part(content, 1001, 10)], RpcStatusCode.OutOfRange);
            data.Add("a chunk again", [open, first, first], RpcStatusCode.OutOfRange);
            data.Add("an offset that no number of bytes reaches", [open, first, Change(content, chunk => chunk.Offset = ulong.MaxValue)], RpcStatusCode.OutOfRange);
            data.Add("an offset in the upper half", [open, first, Change(content, chunk => chunk.Offset = (1UL << 63) + 1000)], RpcStatusCode.OutOfRange);
            data.Add("a wrong checksum", [open, first, Change(content, chunk => chunk.Crc32C ^= 0x100)], RpcStatusCode.DataLoss);
            data.Add("another total", [open, first, Change(content, chunk => chunk.Total = 5001)], RpcStatusCode.InvalidArgument);
            data.Add("no total", [open, first, Change(content, chunk => chunk.Total = 0)], RpcStatusCode.InvalidArgument);
            data.Add("a chunk beyond the end", [open, first, Change(content, chunk => Fill(chunk, new byte[4001]))], RpcStatusCode.OutOfRange);
            data.Add("a chunk above a mebibyte", [open, first, Change(content, chunk => Fill(chunk, new byte[TransferLimits.MaximumChunkBytes + 1]))], RpcStatusCode.InvalidArgument);
            data.Add("a chunk after the last", [open, Samples.Part(content, 0, 5000), Change(content, chunk => chunk.Offset = 5000)], RpcStatusCode.OutOfRange);
            data.Add("other bytes than announced", [Open(Samples.Name(Samples.Bytes(5000, 2))), Samples.Part(content, 0, 5000)], RpcStatusCode.DataLoss);
            return data;
        }
    }

    public void Dispose()
    {
        spool.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Rubbish), DisableDiscoveryEnumeration = true)]
    public async Task Rubbish_is_refused_with_its_code(string what, UploadPart[] parts, RpcStatusCode code)
    {
        Assert.Equal(code, await CodeAsync(parts));

        Assert.Single(refused);
        Assert.Empty(gate.Taken);
        // What arrived before it counts where the upload has a name, and nothing else takes room.
        Assert.True(spool.FileUsed is 0 or 5000, what);
        service.Forget(Samples.Run);
        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
    }

    [Fact]
    public async Task What_arrived_before_a_wrong_chunk_counts_and_the_upload_goes_on_behind_it()
    {
        Assert.Equal(RpcStatusCode.DataLoss, await CodeAsync(Open(Samples.Name(content)), Samples.Part(content, 0, 1000), Change(content, chunk => chunk.Crc32C++)));
        Assert.Equal(new UploadState { Received = 1000 }, await InquireAsync());
        Assert.Equal(new UploadState { Received = 1700 }, await UploadAsync(Open(Samples.Name(content)), Samples.Part(content, 1000, 700)));
        Assert.Equal(new UploadState { Received = 1700 }, await InquireAsync());

        Assert.Equal(Complete, await UploadAsync(Open(Samples.Name(content)), Samples.Part(content, 1700, 3300)));

        Assert.Equal(content, Assert.Single(gate.Taken).Content);
        Assert.Equal(Complete, await InquireAsync());
    }

    [Fact]
    public async Task A_complete_upload_is_handed_over_once_however_often_it_is_sent()
    {
        for (int i = 0; i < 3; i++)
            Assert.Equal(Complete, await UploadAsync(Open(Samples.Name(content)), Samples.Part(content, 0, 5000)));

        Assert.Equal(1UL, Assert.Single(gate.Taken).Upload.List);
        // The same bytes as the answer to another list are another upload.
        Assert.Equal(new UploadState(), await service.StateAsync(Samples.Name(content, list: 2), Samples.Call()));
    }

    [Fact]
    public async Task An_empty_upload_is_complete_with_its_name()
    {
        Assert.Equal(new UploadState { Complete = true }, await UploadAsync(Open(Samples.Name([]))));
        Assert.Empty(Assert.Single(gate.Taken).Content);
    }

    [Fact]
    public async Task Bytes_that_are_not_those_announced_are_dropped()
    {
        byte[] announced = Samples.Bytes(5000, 2);

        Assert.Equal(RpcStatusCode.DataLoss, await CodeAsync(Open(Samples.Name(announced)), Samples.Part(content, 0, 5000)));

        Assert.Equal(new UploadState(), await service.StateAsync(Samples.Name(announced), Samples.Call()));
        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
    }

    [Fact]
    public async Task What_the_gate_refuses_takes_no_room_and_keeps_its_code()
    {
        gate.Refusal = new RpcException(new RpcStatus(RpcStatusCode.PermissionDenied, "another node's list"));

        Assert.Equal(RpcStatusCode.PermissionDenied, await CodeAsync(Open(Samples.Name(content)), Samples.Part(content, 0, 5000)));
        Assert.Equal(RpcStatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(InquireAsync)).Status.Code);

        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
        Assert.Empty(Directory.EnumerateFiles(folder, "*.part"));
    }

    [Fact]
    public async Task What_the_gate_refuses_at_the_end_is_dropped()
    {
        gate.RefusalAtTheEnd = new RpcException(new RpcStatus(RpcStatusCode.FailedPrecondition, "stale"));

        Assert.Equal(RpcStatusCode.FailedPrecondition, await CodeAsync(Open(Samples.Name(content)), Samples.Part(content, 0, 5000)));

        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
        Assert.Equal(new UploadState(), await InquireAsync());
    }

    [Fact]
    public async Task A_stream_without_end_is_ended_with_the_first_byte_too_many()
    {
        byte[] many = new byte[1000];
        ScriptedReader<UploadPart> reader = new(Forever());

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => service.ReceiveAsync(reader, Samples.Call(), default).WaitAsync(Samples.Limit));

        Assert.Equal(RpcStatusCode.OutOfRange, end.Status.Code);
        Assert.Equal(7, reader.Read); // the name, five chunks, the one too many

        IEnumerable<UploadPart> Forever()
        {
            yield return Open(Samples.Name(content));
            for (ulong offset = 0; ; offset += 1000)
                yield return new UploadPart { Chunk = new Chunk { Offset = offset, Data = ByteString.CopyFrom(many), Crc32C = Crc32C.Compute(many), Total = 5000 } };
        }
    }

    [Fact]
    public async Task A_stream_that_falls_silent_is_ended_and_keeps_what_arrived()
    {
        ScriptedReader<UploadPart> reader = new([Open(Samples.Name(content)), Samples.Part(content, 0, 1000)], ends: false);
        Task<UploadState> upload = service.ReceiveAsync(reader, Samples.Call(), default);
        await reader.Waiting.WaitAsync(Samples.Limit);

        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(upload.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => upload.WaitAsync(Samples.Limit));
        Assert.Equal(RpcStatusCode.DeadlineExceeded, end.Status.Code);
        Assert.Equal([TransferError.Silent], refused);
        Assert.Equal(new UploadState { Received = 1000 }, await InquireAsync());
    }

    [Fact]
    public async Task Whoever_opens_an_upload_and_says_nothing_more_is_ended()
    {
        ScriptedReader<UploadPart> reader = new([], ends: false);
        Task<UploadState> upload = service.ReceiveAsync(reader, Samples.Call(), default);
        await reader.Waiting.WaitAsync(Samples.Limit);

        time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(RpcStatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => upload.WaitAsync(Samples.Limit))).Status.Code);
    }

    [Fact]
    public async Task A_second_stream_ends_the_first_and_goes_on_where_it_was()
    {
        ScriptedReader<UploadPart> lost = new([Open(Samples.Name(content)), Samples.Part(content, 0, 1000)], ends: false);
        Task<UploadState> first = service.ReceiveAsync(lost, Samples.Call(), default);
        await lost.Waiting.WaitAsync(Samples.Limit);

        Assert.Equal(Complete, await UploadAsync(Open(Samples.Name(content)), Samples.Part(content, 1000, 4000)));

        Assert.Equal(RpcStatusCode.Aborted, (await Assert.ThrowsAsync<RpcException>(() => first.WaitAsync(Samples.Limit))).Status.Code);
        Assert.Equal(content, Assert.Single(gate.Taken).Content);
    }

    [Fact]
    public async Task A_caller_who_goes_away_leaves_what_arrived()
    {
        using CancellationTokenSource gone = new();
        ScriptedReader<UploadPart> reader = new([Open(Samples.Name(content)), Samples.Part(content, 0, 1000)], ends: false);
        Task<UploadState> upload = service.ReceiveAsync(reader, Samples.Call(gone.Token), gone.Token);
        await reader.Waiting.WaitAsync(Samples.Limit);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.WaitAsync(Samples.Limit));
        Assert.Empty(refused);
        Assert.Equal(new UploadState { Received = 1000 }, await InquireAsync());
    }

    [Fact]
    public async Task Forgetting_a_list_ends_its_stream_and_drops_what_arrived()
    {
        ScriptedReader<UploadPart> reader = new([Open(Samples.Name(content)), Samples.Part(content, 0, 1000)], ends: false);
        Task<UploadState> upload = service.ReceiveAsync(reader, Samples.Call(), default);
        await reader.Waiting.WaitAsync(Samples.Limit);
        service.Forget(Samples.Run, list: 2);
        Assert.False(upload.IsCompleted);

        service.Forget(Samples.Run, list: 1);

        await Assert.ThrowsAsync<RpcException>(() => upload.WaitAsync(Samples.Limit));
        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
        Assert.Equal(new UploadState(), await InquireAsync());
    }

    [Fact]
    public async Task Of_too_many_uploads_the_one_that_was_silent_longest_is_forgotten()
    {
        TransferService small = new(gate, gate, spool, new TransferOptions { OpenUploads = 2 }, time);
        byte[][] contents = [.. Enumerable.Range(1, 3).Select(i => Samples.Bytes(2000, i))];
        foreach (byte[] one in contents)
        {
            await small.ReceiveAsync(new ScriptedReader<UploadPart>([Open(Samples.Name(one)), Samples.Part(one, 0, 500)]), Samples.Call(), default);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        ulong[] received = new ulong[3];
        for (int i = 0; i < 3; i++)
            received[i] = (await small.StateAsync(Samples.Name(contents[i]), Samples.Call())).Received;
        Assert.Equal([0UL, 500, 500], received);
        Assert.Equal(4000, spool.FileUsed);
    }

    [Fact]
    public async Task A_fetch_of_what_is_not_there_or_beyond_its_end_is_refused()
    {
        BlobName name = BlobName.Payload(Samples.Run, BlobDigest.Of(content));
        gate.Blobs[name] = Blob.FromMemory(content);
        List<Chunk> chunks = [];

        Assert.Equal(RpcStatusCode.NotFound, await FetchCodeAsync(BlobName.Kept(Samples.Run, name.Digest).ToRequest(0)));
        Assert.Equal(RpcStatusCode.NotFound, await FetchCodeAsync(BlobName.Payload("another", name.Digest).ToRequest(0)));
        Assert.Equal(RpcStatusCode.InvalidArgument, await FetchCodeAsync(new FetchRequest { Run = Samples.Run }));
        Assert.Equal(RpcStatusCode.InvalidArgument, await FetchCodeAsync(new FetchRequest { Run = Samples.Run, PayloadSha256 = ByteString.CopyFrom(new byte[33]) }));
        Assert.Equal(RpcStatusCode.InvalidArgument, await FetchCodeAsync(new FetchRequest { PayloadSha256 = name.Digest.ToByteString() }));
        Assert.Equal(RpcStatusCode.OutOfRange, await FetchCodeAsync(name.ToRequest(5001)));
        Assert.Equal(RpcStatusCode.OutOfRange, await FetchCodeAsync(name.ToRequest(-1)));
        Assert.Empty(chunks);
        Assert.Null(await FetchCodeAsync(name.ToRequest(4000)));
        Assert.Equal(Samples.ChunkOf(content, 4000, 1000), Assert.Single(chunks));
        Assert.Null(await FetchCodeAsync(name.ToRequest(5000)));
        Assert.Equal(Samples.ChunkOf(content, 5000, 0), chunks[1]);

        async Task<RpcStatusCode?> FetchCodeAsync(FetchRequest request)
        {
            try
            {
                await service.SendAsync(request, new ListWriter(chunks), Samples.Call(), default).WaitAsync(Samples.Limit);
                return null;
            }
            catch (RpcException end)
            {
                return end.Status.Code;
            }
        }
    }

    private static UploadState Complete => new() { Received = 5000, Complete = true };

    private static UploadPart Open(UploadName name) => new() { Open = name };

    private static UploadPart Change(byte[] content, Action<Chunk> change)
    {
        Chunk chunk = Samples.ChunkOf(content, 1000, 1000);
        change(chunk);
        return new UploadPart { Chunk = chunk };
    }

    private static void Fill(Chunk chunk, byte[] data)
    {
        chunk.Data = ByteString.CopyFrom(data);
        chunk.Crc32C = Crc32C.Compute(data);
    }

    private Task<UploadState> InquireAsync() => service.StateAsync(Samples.Name(content), Samples.Call());

    private Task<UploadState> UploadAsync(params UploadPart[] parts) => service.ReceiveAsync(new ScriptedReader<UploadPart>(parts), Samples.Call(), default).WaitAsync(Samples.Limit);

    private async Task<RpcStatusCode> CodeAsync(params UploadPart[] parts) => (await Assert.ThrowsAsync<RpcException>(() => UploadAsync(parts))).Status.Code;

    private sealed class ListWriter(List<Chunk> chunks) : IRpcWriter<Chunk>
    {
        public ValueTask WriteAsync(Chunk message, CancellationToken cancel = default)
        {
            chunks.Add(message.Clone());
            return ValueTask.CompletedTask;
        }
    }
}
