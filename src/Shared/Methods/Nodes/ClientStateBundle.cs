using System.Buffers.Binary;
using Federated.Methods.Clients;

namespace Federated.Methods.Nodes;

/// <summary>
/// The states of a list's clients as they cross between coordinator and node: for each client that has one, ascending, its number (4 bytes), the length (4 bytes, both little-endian) and the state. Nothing
/// where no client has one.
/// </summary>
public static class ClientStateBundle
{
    /// <summary>Bytes that a state takes besides its own.</summary>
    public const int HeadBytes = 8;

    /// <summary>The states as bytes.</summary>
    /// <param name="states">Ascending by client.</param>
    /// <exception cref="OverflowException">They would take 2 GiB or more.</exception>
    public static byte[] Encode(IReadOnlyCollection<ClientStateChange> states)
    {
        byte[] bytes = new byte[checked((int)states.Sum(static state => (long)HeadBytes + state.State.Length))];
        int at = 0;
        foreach (ClientStateChange state in states)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), state.Client);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 4), state.State.Length);
            state.State.Span.CopyTo(bytes.AsSpan(at + HeadBytes));
            at += HeadBytes + state.State.Length;
        }

        return bytes;
    }

    /// <summary>Most bytes of the states of these clients.</summary>
    /// <param name="limits">Most bytes of each client's state.</param>
    public static long LargestBytes(IEnumerable<int> limits) => limits.Sum(static limit => limit == 0 ? 0 : (long)HeadBytes + limit);

    /// <summary>Reads states.</summary>
    /// <param name="bytes">What <see cref="Encode"/> gave; kept, not copied.</param>
    /// <param name="limitOf">Most bytes of a client's state; null for a client that is none of these.</param>
    /// <exception cref="ClientStateException">The bytes are no states of these clients.</exception>
    public static IReadOnlyList<ClientStateChange> Decode(ReadOnlyMemory<byte> bytes, Func<int, int?> limitOf)
    {
        var states = new List<ClientStateChange>();
        int previous = -1;
        while (bytes.Length > 0)
        {
            if (bytes.Length < HeadBytes)
                throw new ClientStateException($"States of clients end within a head, {bytes.Length} bytes before the end.");
            int client = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[4..]);
            if (client <= previous)
                throw new ClientStateException($"The state of client {client} follows that of client {previous}; clients ascend.");
            int limit = limitOf(client) ?? throw new ClientStateException($"There is a state of client {client}, which is not of the list.");
            if (length < 0 || length > limit || length > bytes.Length - HeadBytes)
                throw new ClientStateException($"The state of client {client} has {length:N0} bytes; {limit:N0} is the most, and {bytes.Length - HeadBytes:N0} are there.");
            ReadOnlyMemory<byte> state = bytes.Slice(HeadBytes, length);
            ClientState.Decode(state);
            states.Add(new ClientStateChange(client, state));
            bytes = bytes[(HeadBytes + length)..];
            previous = client;
        }

        return states;
    }
}
