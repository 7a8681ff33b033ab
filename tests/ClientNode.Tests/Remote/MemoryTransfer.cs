using System.Collections.Concurrent;
using System.Security.Cryptography;
using Federated.ClientNode.Remote;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Tests.Remote;

/// <summary>Payloads and uploads in memory. A schedule may make any call fail for once.</summary>
internal sealed class MemoryTransfer : INodeTransfer
{
    private readonly ConcurrentDictionary<string, byte[]> payloads = new();
    private readonly ConcurrentDictionary<string, byte[]> kept = new();
    private int calls;

    /// <summary>Whether the n-th call fails, to be tried again.</summary>
    public Func<int, bool> FailsAt { get; init; } = static _ => false;

    /// <summary>Why an answer to a list is not taken, where it is not.</summary>
    public ConcurrentDictionary<ulong, Exception> UploadFailures { get; } = [];

    /// <summary>What fetching waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Digests of the payloads that were fetched, once for each time.</summary>
    public ConcurrentQueue<string> Fetched { get; } = [];

    /// <summary>Digests of the kept parts that were fetched.</summary>
    public ConcurrentQueue<string> KeptFetched { get; } = [];

    /// <summary>What is uploaded, by list and SHA-256.</summary>
    public ConcurrentDictionary<(ulong List, string Sha256), byte[]> Uploads { get; } = [];

    /// <summary>Uploads that were asked for.</summary>
    public int UploadCalls;

    public void Put(byte[] payload) => payloads[Convert.ToHexStringLower(SHA256.HashData(payload))] = payload;

    public void Keep(string digest, byte[] payload) => kept[digest] = payload;

    public async Task<byte[]> FetchPayloadAsync(string run, ReadOnlyMemory<byte> sha256, long length, CancellationToken cancel)
    {
        string digest = Convert.ToHexStringLower(sha256.Span);
        Fetched.Enqueue(digest);
        await EnterAsync(cancel);
        byte[] bytes = payloads.GetValueOrDefault(digest) ?? throw new TransferRefusedException($"there is no payload {digest}");
        return bytes.Length == length ? (byte[])bytes.Clone() : throw new TransferRefusedException($"payload {digest} has {bytes.Length} bytes");
    }

    public async Task<byte[]> FetchKeptAsync(string run, ReadOnlyMemory<byte> digest, long longest, CancellationToken cancel)
    {
        string name = Convert.ToHexStringLower(digest.Span);
        KeptFetched.Enqueue(name);
        await EnterAsync(cancel);
        return kept.GetValueOrDefault(name) ?? throw new TransferRefusedException($"nobody keeps {name}");
    }

    public async Task UploadAsync(UploadName name, ReadOnlyMemory<byte> answer, CancellationToken cancel)
    {
        Interlocked.Increment(ref UploadCalls);
        await EnterAsync(cancel);
        if (UploadFailures.TryGetValue(name.List, out Exception? failure))
            throw failure;
        Uploads[(name.List, Convert.ToHexStringLower(name.Sha256.Span))] = answer.ToArray();
    }

    private async Task EnterAsync(CancellationToken cancel)
    {
        await Gate.WaitAsync(cancel);
        if (FailsAt(Interlocked.Increment(ref calls)))
            throw new IOException("the connection was reset");
    }
}
