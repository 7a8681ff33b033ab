using System.Collections.Immutable;
using Federated.Engine.Parameters;
using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace Federated.Methods.Nodes;

/// <summary>
/// The bytes of a list's combined answer, a <see cref="PartialAnswer"/>. Receipts cost little: clients whose answers have parts of the same sizes share a group, in which a client takes the bytes of its
/// number, 1 below 128 and 2 below 16,384; a group of p parts takes about 3 p + 8 more. Answers without gradients differ in the few bytes of their numbers only, so that a list has a group or two;
/// with gradients, whose coded positions differ in length, nearly every client has a group of its own, of some 30 bytes.
/// </summary>
public static class PartialAnswers
{
    private const int DigestBytes = 32;

    // The longest tag and the longest length of a protobuf field here, and a number of 64 bits.
    private const int FieldBytes = 2 + 5;
    private const int NumberBytes = 10;

    // 2⁵⁰: sums over all clients and rounds of a run stay far below the largest number of 64 bits.
    private const ulong MostCutBytes = 1UL << 50;

    // Envelope and 64 parts.
    private const int MostParts = 65;

    // Parts of an answer to a task of today: envelope, scalars, values, statistics, gradients; room for as many again.
    private const int PartsForBound = 10;

    /// <summary>The bytes of a combined answer.</summary>
    /// <param name="list">What it answers.</param>
    /// <param name="mask">The mask that the clients worked under.</param>
    /// <param name="answer">The answer.</param>
    /// <exception cref="OverflowException">They would take 2 GiB or more.</exception>
    public static byte[] Encode(ListIdentity list, Mask mask, CombinedAnswer answer)
    {
        var message = new PartialAnswer
        {
            Run = list.Run,
            List = list.List,
            Round = (uint)list.Round,
            Task = list.Task,
            MaskSha256 = UnsafeByteOperations.UnsafeWrap(Convert.FromHexString(mask.Digest)),
            Sum = UnsafeByteOperations.UnsafeWrap(answer.Sum),
            States = UnsafeByteOperations.UnsafeWrap(ClientStateBundle.Encode(answer.States)),
        };
        foreach (AnswerReceipts receipts in answer.Receipts)
        {
            var group = new ReceiptGroup();
            foreach (PartSize part in receipts.Parts)
            {
                group.Kinds.Add((uint)part.Kind);
                group.Bytes.Add((ulong)part.Bytes);
            }

            foreach (int client in receipts.Clients)
                group.Clients.Add((uint)client);
            message.Receipts.Add(group);
        }

        return message.ToByteArray();
    }

    /// <summary>The most bytes that a combined answer of these clients takes: a longer upload is refused before it has memory.</summary>
    /// <param name="list">What is answered.</param>
    /// <param name="shape">What is known of the answers.</param>
    /// <param name="clients">The clients of the list.</param>
    /// <param name="stateLimit">Most bytes of a client's state; null: clients hold on to nothing.</param>
    public static long LargestBytes(ListIdentity list, IAnswerShape shape, IReadOnlyList<ClientDescription> clients, Func<ClientDescription, int>? stateLimit = null)
    {
        // Every client in a group of its own, with numbers of full length.
        const long receipt = FieldBytes + (3 * FieldBytes) + (PartsForBound * 2L * NumberBytes) + NumberBytes;
        // A character takes at most three bytes of UTF-8.
        long names = (2 * FieldBytes) + (3L * (list.Run.Length + list.Task.Length));
        long states = stateLimit is null ? 0 : FieldBytes + ClientStateBundle.LargestBytes(clients.Select(stateLimit));
        return states + names + (2 * (FieldBytes + NumberBytes)) + FieldBytes + DigestBytes + (clients.Count * receipt) + FieldBytes + shape.LargestEncoding(clients);
    }

    /// <summary>The combined answer that these bytes are. The sum in it is not decoded here: merging it does that.</summary>
    /// <param name="bytes">The whole upload; the sum in the answer is a part of it, without a copy.</param>
    /// <param name="list">What must be answered.</param>
    /// <param name="shape">What is known of the answers.</param>
    /// <param name="clients">The clients of the list: the answer must hold each of them once, and no other.</param>
    /// <param name="stateLimit">Most bytes of a client's state; null: clients hold on to nothing.</param>
    /// <exception cref="AnswerRefusedException">It is no such answer.</exception>
    public static CombinedAnswer Decode(
        ReadOnlyMemory<byte> bytes, ListIdentity list, IAnswerShape shape, IReadOnlyList<ClientDescription> clients, Func<ClientDescription, int>? stateLimit = null)
    {
        long largest = LargestBytes(list, shape, clients, stateLimit);
        if (bytes.Length > largest)
            throw new AnswerRefusedException(RefusalReason.TooLarge, $"A combined answer of {clients.Count} clients to '{list.Task}' takes at most {largest:N0} bytes, not {bytes.Length:N0}.");
        (PartialAnswer message, ReadOnlyMemory<byte> sum) = PartialAnswerFrame.Split(bytes);
        var found = new ListIdentity(message.Run, message.List, (int)Math.Min(message.Round, int.MaxValue), message.Task);
        if (found != list)
            throw new AnswerRefusedException(RefusalReason.StaleList, $"The upload answers {Describe(found)}; {Describe(list)} is expected.");
        string mask = Convert.ToHexStringLower(message.MaskSha256.Span);
        if (!string.Equals(mask, shape.Mask.Digest, StringComparison.Ordinal))
            throw new AnswerRefusedException(RefusalReason.WrongMask, $"The clients worked under the mask {Shorten(mask)}; the task's is {Shorten(shape.Mask.Digest)}.");
        ImmutableArray<AnswerReceipts> receipts = [.. message.Receipts.Select(Read)];
        RequireClients(receipts, clients);
        return new CombinedAnswer(receipts, sum) { States = ReadStates(message.States.Memory, clients, stateLimit) };
    }

    private static IReadOnlyList<ClientStateChange> ReadStates(ReadOnlyMemory<byte> bytes, IReadOnlyList<ClientDescription> clients, Func<ClientDescription, int>? stateLimit)
    {
        if (bytes.IsEmpty)
            return [];
        var limits = clients.ToDictionary(static client => client.Id, client => stateLimit?.Invoke(client) ?? 0);
        try
        {
            return ClientStateBundle.Decode(bytes, client => limits.TryGetValue(client, out int limit) ? limit : null);
        }
        catch (ClientStateException e)
        {
            throw new AnswerRefusedException(RefusalReason.Malformed, $"The upload's states of clients cannot be used. {e.Message}", e);
        }
    }

    private static AnswerReceipts Read(ReceiptGroup group)
    {
        RepeatedField<uint> kinds = group.Kinds;
        if (kinds.Count is 0 or > MostParts || kinds.Count != group.Bytes.Count)
            throw Malformed($"A receipt names {kinds.Count} parts and {group.Bytes.Count} sizes.");
        var parts = new PartSize[kinds.Count];
        long total = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            // The envelope is first and there only; what kinds there are besides is the enumeration's to say.
            if (i == 0 ? kinds[i] != (uint)PartKind.Envelope : !PartKinds.IsPart(kinds[i]))
                throw Malformed($"A receipt names kind {kinds[i]} as its part {i}.");
            // A part is shorter than 2 GiB; what crosses a cut in many messages is not.
            bool isCut = PartKinds.CutDirection((PartKind)kinds[i]) is not null;
            if (group.Bytes[i] is 0 || group.Bytes[i] > (isCut ? MostCutBytes : int.MaxValue))
                throw Malformed($"A receipt names {group.Bytes[i]} bytes of {(PartKind)kinds[i]}.");
            parts[i] = new PartSize((PartKind)kinds[i], (long)group.Bytes[i]);
            total += isCut ? 0 : parts[i].Bytes;
        }

        if (total > int.MaxValue)
            throw Malformed($"A receipt names {total:N0} bytes; a payload has fewer than 2 GiB.");
        return new AnswerReceipts(ImmutableArray.Create(parts), [.. group.Clients.Select(static client => (int)Math.Min(client, int.MaxValue))]);
    }

    private static void RequireClients(ImmutableArray<AnswerReceipts> receipts, IReadOnlyList<ClientDescription> clients)
    {
        var expected = clients.Select(static client => client.Id).ToHashSet();
        foreach (AnswerReceipts group in receipts)
        {
            int previous = -1;
            foreach (int client in group.Clients)
            {
                if (client <= previous)
                    throw Malformed($"Client {client} follows client {previous} in a receipt; clients ascend.");
                previous = client;
                if (!expected.Remove(client))
                    throw new AnswerRefusedException(RefusalReason.WrongClients, $"The combined answer names client {client}, which is not of the list, or twice.");
            }
        }

        if (expected.Count > 0)
            throw new AnswerRefusedException(RefusalReason.WrongClients, $"The combined answer lacks {expected.Count} of {clients.Count} clients, client {expected.Min()} among them.");
    }

    private static string Describe(ListIdentity list) => $"list {list.List} of round {list.Round} ('{list.Task}') of run '{list.Run}'";

    private static string Shorten(string digest) => digest.Length > 12 ? digest[..12] + "…" : $"'{digest}'";

    private static AnswerRefusedException Malformed(string message) => new(RefusalReason.Malformed, message);
}
