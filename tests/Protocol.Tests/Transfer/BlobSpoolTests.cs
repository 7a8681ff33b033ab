using Federated.Protocol.Transfer;
using Xunit;

namespace Federated.Protocol.Tests.Transfer;

public sealed class BlobSpoolTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("federated-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Small_blobs_are_in_memory_and_larger_ones_in_files_and_both_give_their_room_back()
    {
        using BlobSpool spool = new(folder, new BlobSpoolOptions { MemoryBlobBytes = 1000 });
        byte[] small = Samples.Bytes(1000, 1), large = Samples.Bytes(200_001, 2);

        using Blob inMemory = await FillAsync(spool, small);
        using Blob inFile = await FillAsync(spool, large);

        Assert.Equal((1000, 200_001), (spool.MemoryUsed, spool.FileUsed));
        Assert.NotNull(inMemory.Memory);
        Assert.Null(inFile.Memory);
        Assert.Equal(BlobDigest.Of(large), inFile.Digest);
        Assert.Equal(small, (await inMemory.LoadAsync(1000)).ToArray());
        Assert.Equal(large, (await inFile.LoadAsync(200_001)).ToArray());
        Assert.True(spool.TryFind(BlobDigest.Of(large), out Blob? found));
        Assert.Same(inFile, found);
        inMemory.Dispose();
        inFile.Dispose();
        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
        Assert.False(spool.TryFind(BlobDigest.Of(large), out _));
        Assert.Empty(Directory.EnumerateFiles(folder, "*.blob"));
    }

    [Fact]
    public async Task A_file_is_read_from_anywhere_and_from_a_removed_one_nobody_reads()
    {
        using BlobSpool spool = new(folder, new BlobSpoolOptions { MemoryBlobBytes = 0 });
        byte[] content = Samples.Bytes(5000);
        Blob blob = await FillAsync(spool, content);
        byte[] target = new byte[700];

        Assert.Equal(700, await blob.ReadAsync(1234, target));
        Assert.Equal(content[1234..1934], target);
        Assert.Equal(10, await blob.ReadAsync(4990, target));
        Assert.Equal(0, await blob.ReadAsync(5000, target));
        spool.Remove(blob.Digest);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await blob.ReadAsync(0, target));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task The_same_content_is_kept_once(int length)
    {
        using BlobSpool spool = new(folder, new BlobSpoolOptions { MemoryBlobBytes = 1000 });
        byte[] content = Samples.Bytes(length);

        Blob first = await FillAsync(spool, content);
        Blob second = await FillAsync(spool, content);

        Assert.Same(first, second);
        Assert.Equal(length, spool.MemoryUsed + spool.FileUsed);
        Assert.Equal(content, (await second.LoadAsync(length)).ToArray());
    }

    [Fact]
    public void What_is_announced_is_checked_before_anything_is_opened_and_reserved_before_it_arrives()
    {
        using BlobSpool spool = new(folder, new BlobSpoolOptions { MemoryBlobBytes = 1000, MemoryBudget = 1500, FileBudget = 1L << 40 });

        Assert.Equal(TransferError.OverLimit, Assert.Throws<TransferException>(() => spool.Begin(null, 1L << 50, 1 << 20)).Error);
        Assert.Equal(TransferError.OverLimit, Assert.Throws<TransferException>(() => spool.Begin(null, -1, 1 << 20)).Error);
        Assert.Equal(TransferError.OverBudget, Assert.Throws<TransferException>(() => spool.Begin(null, 1L << 50, 1L << 50)).Error);
        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
        Assert.Single(Directory.EnumerateFiles(folder)); // the lock

        // A file that is only announced takes no disk.
        using BlobDraft large = spool.Begin(null, 1L << 40, 1L << 40);
        Assert.Equal(0, new FileInfo(Assert.Single(Directory.EnumerateFiles(folder, "*.part"))).Length);
        BlobDraft draft = spool.Begin(null, 1000, 1000);
        Assert.Equal(TransferError.OverBudget, Assert.Throws<TransferException>(() => spool.Begin(null, 501, 1000)).Error);
        draft.Dispose();
        spool.Begin(null, 501, 1000).Dispose();
        Assert.Equal((0, 1L << 40), (spool.MemoryUsed, spool.FileUsed));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task A_draft_refuses_what_is_not_the_next_right_chunk_and_goes_on_with_it(int length)
    {
        using BlobSpool spool = new(folder, new BlobSpoolOptions { MemoryBlobBytes = 1000 });
        byte[] content = Samples.Bytes(length);
        using BlobDraft draft = spool.Begin(BlobDigest.Of(content), length, length);
        await draft.AppendAsync(0, content.AsMemory(0, 60), Crc32C.Compute(content.AsSpan(0, 60)));
        Memory<byte> next = content.AsMemory(60, 20);
        uint crc = Crc32C.Compute(next.Span);

        await RefusedAsync(TransferError.WrongChecksum, 60, next, crc ^ 1);
        await RefusedAsync(TransferError.WrongOffset, 0, content.AsMemory(0, 60), Crc32C.Compute(content.AsSpan(0, 60)));
        await RefusedAsync(TransferError.WrongOffset, 61, next, crc);
        await RefusedAsync(TransferError.WrongChunkLength, 60, default, Crc32C.Compute([]));
        await RefusedAsync(TransferError.WrongChunkLength, 60, new byte[TransferLimits.MaximumChunkBytes + 1], 0);
        await RefusedAsync(TransferError.TooLong, 60, new byte[length], 0);
        Assert.Equal(60, draft.Received);
        Assert.Throws<InvalidOperationException>(draft.Complete);
        await draft.AppendAsync(60, content.AsMemory(60), Crc32C.Compute(content.AsSpan(60)));
        Assert.Equal(content, (await draft.Complete().LoadAsync(length)).ToArray());

        async Task RefusedAsync(TransferError error, long offset, ReadOnlyMemory<byte> data, uint checksum) =>
            Assert.Equal(error, (await Assert.ThrowsAsync<TransferException>(async () => await draft.AppendAsync(offset, data, checksum))).Error);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task Bytes_of_another_digest_become_no_blob(int length)
    {
        using BlobSpool spool = new(folder, new BlobSpoolOptions { MemoryBlobBytes = 1000 });
        byte[] content = Samples.Bytes(length, 1);
        BlobDraft draft = spool.Begin(BlobDigest.Of(Samples.Bytes(length, 2)), length, length);
        await draft.AppendAsync(0, content, Crc32C.Compute(content));

        Assert.Equal(TransferError.WrongDigest, Assert.Throws<TransferException>(draft.Complete).Error);
        Assert.Equal((0, 0), (spool.MemoryUsed, spool.FileUsed));
        Assert.Single(Directory.EnumerateFiles(folder)); // the lock
    }

    [Fact]
    public async Task The_folder_is_cleared_at_start_and_end_and_foreign_files_stay()
    {
        foreach (string name in new[] { "7.part", "abc.blob", "notes.txt" })
            await File.WriteAllTextAsync(Path.Combine(folder, name), name);
        BlobSpool spool = new(folder, new BlobSpoolOptions { MemoryBlobBytes = 0 });
        Assert.Equal(["notes.txt", "spool.lock"], Names());
        await FillAsync(spool, Samples.Bytes(100));
        BlobDraft draft = spool.Begin(null, 50, 50);

        Assert.Throws<IOException>(() => new BlobSpool(folder));
        spool.Dispose();

        Assert.Equal(["notes.txt"], Names());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await draft.AppendAsync(0, new byte[1], 0));
        Assert.Throws<ObjectDisposedException>(() => spool.Begin(null, 1, 1));
        new BlobSpool(folder).Dispose();

        string[] Names() => [.. Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
    }

    [Fact]
    public async Task A_file_outside_the_spool_is_a_blob_and_stays()
    {
        string path = Path.Combine(folder, "model");
        byte[] content = Samples.Bytes(100_000);
        await File.WriteAllBytesAsync(path, content);

        using (Blob blob = await Blob.FromFileAsync(path))
        {
            Assert.Equal((BlobDigest.Of(content), 100_000), (blob.Digest, blob.Length));
            Assert.Equal(TransferError.OverLimit, (await Assert.ThrowsAsync<TransferException>(async () => await blob.LoadAsync(99_999))).Error);
        }

        Assert.True(File.Exists(path));
    }

    [Fact]
    public void A_digest_is_the_same_in_all_its_forms()
    {
        BlobDigest digest = BlobDigest.Of("abc"u8);

        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", digest.ToString());
        Assert.Equal(digest, BlobDigest.Parse(digest.ToString()));
        Assert.True(BlobDigest.TryRead(digest.ToByteString(), out BlobDigest? read));
        Assert.Equal(digest, read);
        Assert.False(BlobDigest.TryRead(Google.Protobuf.ByteString.CopyFrom(new byte[31]), out _));
        Assert.Throws<FormatException>(() => BlobDigest.Parse("abcd"));
    }

    private static async Task<Blob> FillAsync(BlobSpool spool, byte[] content)
    {
        using BlobDraft draft = spool.Begin(BlobDigest.Of(content), content.Length, content.Length);
        for (int offset = 0; offset < content.Length; offset += 777)
        {
            ReadOnlyMemory<byte> data = content.AsMemory(offset, Math.Min(777, content.Length - offset));
            await draft.AppendAsync(offset, data, Crc32C.Compute(data.Span));
        }

        return draft.Complete();
    }
}
