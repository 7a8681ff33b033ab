using System.Collections.Concurrent;
using System.Collections.Immutable;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Security;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.Coordinator.Fleet;

/// <summary>
/// What nodes can fetch of the phase under way: its payloads by content, and what clients keep, for a node that has not got it. Written by the exchange between phases, read by the transfer service at any
/// time. The payloads of a phase are the arrays that the round encoded: nothing is copied.
/// </summary>
internal sealed class PayloadShelf(Authenticator authenticator) : IBlobSource
{
    private readonly ConcurrentDictionary<BlobName, Blob> blobs = new();
    private readonly ConcurrentDictionary<BlobName, Func<byte[]>> states = new();
    private volatile KeptOfRun? kept;

    /// <summary>Puts the payloads of a phase on the shelf in place of those of the phase before.</summary>
    /// <param name="run">The run.</param>
    /// <param name="work">The phase's work.</param>
    /// <returns>The forms in which the payload crosses, which of them each client of the work receives, and the server's form of the task, where it has one.</returns>
    public (ImmutableArray<PayloadForm> Forms, int[] FormOf, PayloadForm? ServerForm) Offer(string run, NodeWork work)
    {
        var forms = ImmutableArray.CreateBuilder<PayloadForm>();
        var places = new Dictionary<ReadOnlyMemory<byte>, int>(SameMemory.Comparer);
        int[] formOf = new int[work.Clients.Length];
        var offered = new Dictionary<BlobName, Blob>();
        for (int i = 0; i < formOf.Length; i++)
        {
            ReadOnlyMemory<byte> payload = work.Clients[i].Payload;
            if (!places.TryGetValue(payload, out formOf[i]))
            {
                places.Add(payload, formOf[i] = forms.Count);
                Blob blob = Blob.FromMemory(payload);
                offered[BlobName.Payload(run, blob.Digest)] = blob;
                var form = new PayloadForm { Sha256 = blob.Digest.ToByteString(), Length = (ulong)payload.Length };
                form.RefersTo.AddRange(PayloadReferences.Of(payload.Span).Select(static digest => ByteString.CopyFrom(Convert.FromHexString(digest))));
                forms.Add(form);
            }
        }

        PayloadForm? serverForm = null;
        if (!work.ServerParts.IsEmpty)
        {
            Blob blob = Blob.FromMemory(work.ServerParts);
            offered[BlobName.Payload(run, blob.Digest)] = blob;
            serverForm = new PayloadForm { Sha256 = blob.Digest.ToByteString(), Length = (ulong)work.ServerParts.Length };
        }

        states.Clear();
        foreach ((BlobName name, Blob blob) in offered)
            blobs[name] = blob;
        foreach (BlobName name in blobs.Keys)
        {
            if (!offered.ContainsKey(name))
                blobs.TryRemove(name, out _);
        }

        return (forms.ToImmutable(), formOf, serverForm);
    }

    /// <summary>
    /// Puts the states of some clients on the shelf, as they were before the phase. Their bytes are put together whenever a node asks: they may be many, and each is wanted once.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="stateOf">A client's state.</param>
    /// <param name="clients">The clients.</param>
    /// <returns>What to fetch; null where none of them has a state.</returns>
    public PayloadForm? OfferStates(string run, Func<int, ReadOnlyMemory<byte>> stateOf, IReadOnlyCollection<int> clients)
    {
        int[] ascending = [.. clients.Order()];
        byte[] bytes = Encode();
        if (bytes.Length == 0)
            return null;
        BlobDigest digest = BlobDigest.Of(bytes);
        states[BlobName.Payload(run, digest)] = Encode;
        return new PayloadForm { Sha256 = digest.ToByteString(), Length = (ulong)bytes.Length };

        byte[] Encode() => ClientStateBundle.Encode([.. ascending.Select(client => new ClientStateChange(client, stateOf(client))).Where(static state => !state.State.IsEmpty)]);
    }

    /// <summary>From now on what the clients of a run keep is taken from <paramref name="parts"/>.</summary>
    public void Open(string run, KeptPartShelf parts) => kept = new KeptOfRun(run, parts);

    /// <summary>Takes everything from the shelf.</summary>
    public void Clear()
    {
        kept = null;
        states.Clear();
        blobs.Clear();
    }

    /// <inheritdoc/>
    public ValueTask<Blob?> FindAsync(BlobName name, ServerCall call)
    {
        authenticator.Require(call, Role.Node);
        return ValueTask.FromResult(name.IsKept ? FindKept(name) : blobs.GetValueOrDefault(name) ?? FindStates(name));
    }

    // Rarely asked for: a node that ran the clients before has it. Its bytes are encoded when the first node asks.
    private Blob? FindKept(BlobName name) =>
        kept is { } held && string.Equals(held.Run, name.Run, StringComparison.Ordinal) && held.Parts.Find(name.Digest.ToString()) is { } payload
            ? Blob.FromMemory(payload.Bytes)
            : null;

    private Blob? FindStates(BlobName name) => states.TryGetValue(name, out Func<byte[]>? encode) ? Blob.FromMemory(encode(), name.Digest) : null;

    private sealed record KeptOfRun(string Run, KeptPartShelf Parts);
}
