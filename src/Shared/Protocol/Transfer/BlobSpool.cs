using System.Diagnostics.CodeAnalysis;

namespace Federated.Protocol.Transfer;

/// <summary>
/// A scratch folder of blobs by SHA-256: small ones in memory, larger ones in files. What arrives is written into a <see cref="BlobDraft"/> and becomes a blob when it is whole and verified. Room is
/// reserved by the announced length before a byte of it is taken. Nothing outlives the spool: the folder is empty at its start and after its end.
/// </summary>
/// <remarks>Safe to use from several threads. Content is kept once: a draft that turns out to be there already becomes the blob that there is.</remarks>
public sealed class BlobSpool : IDisposable
{
    private const string PartialSuffix = ".part";
    private const string BlobSuffix = ".blob";
    private const string LockName = "spool.lock";

    private readonly Lock gate = new();
    private readonly Dictionary<BlobDigest, Blob> blobs = [];
    private readonly HashSet<BlobDraft> drafts = [];
    private readonly string folder;
    private readonly BlobSpoolOptions options;
    private readonly FileStream folderLock;
    private long memoryUsed;
    private long fileUsed;
    private long sequence;
    private bool disposed;

    /// <summary>Opens a spool in a folder, which is made where it is missing; what an earlier process left of a spool in it is removed, other files are not touched.</summary>
    /// <exception cref="IOException">The folder cannot be made or written, or another process has its spool there.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public BlobSpool(string folder, BlobSpoolOptions? options = null)
    {
        this.folder = Path.GetFullPath(folder);
        this.options = options ?? new BlobSpoolOptions();
        Directory.CreateDirectory(this.folder);
        folderLock = Lock(Path.Combine(this.folder, LockName));
        Clear();
    }

    /// <summary>Bytes in memory, complete and reserved.</summary>
    public long MemoryUsed
    {
        get
        {
            lock (gate)
                return memoryUsed;
        }
    }

    /// <summary>Bytes in files, complete and reserved.</summary>
    public long FileUsed
    {
        get
        {
            lock (gate)
                return fileUsed;
        }
    }

    /// <summary>The blob with this digest, if it is here.</summary>
    public bool TryFind(BlobDigest digest, [NotNullWhen(true)] out Blob? blob)
    {
        lock (gate)
            return blobs.TryGetValue(digest, out blob);
    }

    /// <summary>Removes a blob; nothing happens where there is none.</summary>
    public void Remove(BlobDigest digest)
    {
        if (TryFind(digest, out Blob? blob))
            blob.Dispose();
    }

    /// <summary>Begins a blob that is about to arrive.</summary>
    /// <param name="expected">The SHA-256 that its bytes must have; null where the name says nothing of the bytes.</param>
    /// <param name="length">The announced length.</param>
    /// <param name="limit">The longest that the caller allows: checked before any room is given.</param>
    /// <exception cref="TransferException"><see cref="TransferError.OverLimit"/>, <see cref="TransferError.OverBudget"/> or <see cref="TransferError.Storage"/>.</exception>
    public BlobDraft Begin(BlobDigest? expected, long length, long limit)
    {
        if (length < 0 || length > limit)
            throw new TransferException(TransferError.OverLimit, $"{length} bytes are announced where at most {limit} are allowed");
        bool inMemory = length <= options.MemoryBlobBytes;
        string path;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            long room = inMemory ? options.MemoryBudget - memoryUsed : options.FileBudget - fileUsed;
            if (length > room)
                throw new TransferException(TransferError.OverBudget, $"{length} bytes are announced and the spool has room for {room} more {(inMemory ? "in memory" : "in files")} now; try again later");
            Reserve(length, inMemory);
            path = Path.Combine(folder, $"{++sequence}{PartialSuffix}");
        }

        try
        {
            BlobDraft draft = inMemory ? new BlobDraft(this, expected, length) : new BlobDraft(this, expected, length, path);
            lock (gate)
                drafts.Add(draft);
            return draft;
        }
        catch (Exception failure)
        {
            lock (gate)
                Reserve(-length, inMemory);
            if (failure is IOException or UnauthorizedAccessException)
                throw new TransferException(TransferError.Storage, "the spool's folder cannot be written", failure);
            throw;
        }
    }

    /// <summary>Gives up all blobs and drafts and empties the folder.</summary>
    public void Dispose()
    {
        Blob[] leftBlobs;
        BlobDraft[] leftDrafts;
        lock (gate)
        {
            if (disposed)
                return;
            disposed = true;
            leftBlobs = [.. blobs.Values];
            leftDrafts = [.. drafts];
        }

        foreach (BlobDraft draft in leftDrafts)
            draft.Dispose();
        foreach (Blob blob in leftBlobs)
            blob.Dispose();
        Clear();
        folderLock.Dispose(); // removes the file: it was opened to be deleted at its end
    }

    /// <summary>Makes a draft whose bytes are verified a blob; its room goes over to the blob.</summary>
    internal Blob Admit(BlobDigest digest, ReadOnlyMemory<byte> bytes) => Admit(new MemoryBlob(digest, bytes, Release), inMemory: true, path: null);

    /// <summary>Makes a draft whose bytes are verified a blob: a file under its digest.</summary>
    internal Blob AdmitFile(BlobDigest digest, long length, string partial)
    {
        lock (gate)
        {
            // One name per content: of two drafts of the same content the second must not put its file in the first one's place.
            if (blobs.TryGetValue(digest, out Blob? there))
            {
                File.Delete(partial);
                Reserve(-length, inMemory: false);
                return there;
            }

            string path = PathOf(digest);
            File.Move(partial, path, overwrite: true);
            return Admit(
                new FileBlob(digest, length, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous), Release), inMemory: false, path);
        }
    }

    /// <summary>A draft is over; where it became no blob, its room is free again.</summary>
    internal void Forget(BlobDraft draft, bool becameBlob)
    {
        lock (gate)
        {
            if (drafts.Remove(draft) && !becameBlob)
                Reserve(-draft.Length, draft.InMemory);
        }
    }

    private Blob Admit(Blob blob, bool inMemory, string? path)
    {
        lock (gate)
        {
            if (!disposed && blobs.TryAdd(blob.Digest, blob))
                return blob;
            Reserve(-blob.Length, inMemory);
            if (path is not null)
                File.Delete(path);
            ObjectDisposedException.ThrowIf(disposed, this);
            return blobs[blob.Digest];
        }
    }

    private void Release(Blob blob)
    {
        lock (gate)
        {
            if (!blobs.TryGetValue(blob.Digest, out Blob? there) || !ReferenceEquals(there, blob))
                return;
            blobs.Remove(blob.Digest);
            Reserve(-blob.Length, blob is MemoryBlob);
            if (blob is FileBlob)
                File.Delete(PathOf(blob.Digest));
        }
    }

    private void Reserve(long length, bool inMemory)
    {
        if (inMemory)
            memoryUsed += length;
        else
            fileUsed += length;
    }

    private string PathOf(BlobDigest digest) => Path.Combine(folder, digest + BlobSuffix);

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException failure)
        {
            throw new IOException($"{Path.GetDirectoryName(path)}: another process has its spool here, or the folder cannot be written; choose another folder ({failure.Message})", failure);
        }
    }

    private void Clear()
    {
        foreach (string path in Directory.EnumerateFiles(folder))
        {
            if (path.EndsWith(PartialSuffix, StringComparison.Ordinal) || path.EndsWith(BlobSuffix, StringComparison.Ordinal))
                File.Delete(path);
        }
    }
}
