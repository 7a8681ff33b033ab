using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Nodes;

/// <summary>
/// What the clients of a node keep between tasks, stored once by content however many clients keep it.
/// Decodes payloads and puts kept parts in the place of references. Safe for several threads.
/// </summary>
public sealed class KeptParts(NetworkPlan plan)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Part> byDigest = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<byte[], Payload> decoded = [];

    /// <summary>Decodes a payload that came down; clients that received the same array share the decoded parts, which nobody changes.</summary>
    /// <exception cref="PayloadException">The bytes are no payload, or refer to something that is not kept here.</exception>
    public Payload Decode(ReadOnlyMemory<byte> bytes)
    {
        lock (gate)
        {
            if (!MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) || segment.Array is null || segment.Count != segment.Array.Length)
                return DecodeNow(bytes);
            if (!decoded.TryGetValue(segment.Array, out Payload? payload))
                decoded.Add(segment.Array, payload = DecodeNow(bytes));
            return payload;
        }
    }

    /// <summary>Whether the content of this digest is kept here.</summary>
    public bool Keeps(string digest)
    {
        lock (gate)
            return byDigest.ContainsKey(digest);
    }

    /// <summary>Takes in something that is referred to and not kept here any more.</summary>
    /// <param name="digest">The digest that references name it with.</param>
    /// <param name="payload">It, as a payload of its own, see <see cref="KeptPartPayload"/>.</param>
    /// <exception cref="PayloadException">The bytes are no payload of this network, or their content has another digest: nothing is taken in.</exception>
    public void Provide(string digest, ReadOnlyMemory<byte> payload)
    {
        Payload decoded = Payload.Decode(payload, new PayloadContext(plan.Parameters, plan.Statistics.Count));
        Part part = decoded.Parts.FirstOrDefault(part => string.Equals(PartDigest.Of(part)?.Digest, digest, StringComparison.Ordinal))
            ?? throw new PayloadException(PayloadError.UnknownMask, 0, $"The payload does not hold what {digest} names; it was damaged, or is of another run.");
        lock (gate)
            Keep(part);
    }

    /// <summary>Drops everything but <paramref name="digests"/>, and takes in <paramref name="provided"/>.</summary>
    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided)
    {
        lock (gate)
        {
            foreach (Part part in provided)
                Keep(part);
            foreach (string digest in byDigest.Keys.Except(digests, StringComparer.Ordinal).ToArray())
                byDigest.Remove(digest);
        }
    }

    private Payload DecodeNow(ReadOnlyMemory<byte> bytes)
    {
        Payload raw = Payload.Decode(bytes, new PayloadContext(plan.Parameters, plan.Statistics.Count, KnownMasks: FindMask));
        var parts = new Part[raw.Parts.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = raw.Parts[i] is ReferencePart reference
                ? byDigest.GetValueOrDefault(reference.Digest)
                    ?? throw new PayloadException(PayloadError.UnknownMask, 0, $"The payload refers to {reference.Target} {reference.Digest[..12]}…, which no client here keeps.")
                : raw.Parts[i];
            Keep(parts[i]);
        }

        return new Payload(parts);
    }

    private Mask? FindMask(string digest) => byDigest.GetValueOrDefault(digest) switch
    {
        MaskPart mask => mask.Mask,
        MaskChangePart change => change.To,
        _ => null,
    };

    private void Keep(Part part)
    {
        if (PartDigest.Of(part) is { } name)
            byDigest[name.Digest] = part is MaskChangePart change ? new MaskPart(change.To) : part;
    }
}
