using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// What clients keep, on the coordinator's side: a node that has lost it, or never had it, is given it from here. Holds the parts themselves, which the model and the book of holdings hold as well,
/// and encodes one only when it is asked for. Safe for several threads.
/// </summary>
internal sealed class KeptPartShelf
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> byDigest = new(StringComparer.Ordinal);

    /// <summary>Takes in those parts of a task that clients keep; before its lists are handed out.</summary>
    public void Add(IEnumerable<TaskPart> parts)
    {
        lock (gate)
        {
            foreach (TaskPart part in parts)
            {
                if (part.KeptName is { } name)
                    byDigest.TryAdd(name.Digest, new Entry(part.Part));
            }
        }
    }

    /// <summary>Drops everything but <paramref name="digests"/>, and takes in <paramref name="provided"/>: what <see cref="IClientExchange.Retain"/> is told.</summary>
    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided)
    {
        lock (gate)
        {
            foreach (Part part in provided)
            {
                if (PartDigest.Of(part) is { } name)
                    byDigest.TryAdd(name.Digest, new Entry(part));
            }

            foreach (string digest in byDigest.Keys.Except(digests, StringComparer.Ordinal).ToArray())
                byDigest.Remove(digest);
        }
    }

    /// <summary>What references name with <paramref name="digest"/>, as a payload of its own (see <see cref="KeptPartPayload"/>); null when no client keeps it.</summary>
    public EncodedPayload? Find(string digest)
    {
        Entry? entry;
        lock (gate)
        {
            if (!byDigest.TryGetValue(digest, out entry))
                return null;
        }

        return entry.Payload;
    }

    private sealed class Entry(Part part)
    {
        private readonly Lazy<EncodedPayload> payload = new(() => KeptPartPayload.Of(part).Encode());

        public EncodedPayload Payload => payload.Value;
    }
}
