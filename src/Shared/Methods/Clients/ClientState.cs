using System.Buffers.Binary;

namespace Federated.Methods.Clients;

/// <summary>
/// What a client's device would hold on to between two rounds: it never crosses on a real network and costs no bytes there, but follows the client to whichever node simulates it next. Each feature
/// has a part of its own, opaque to all others. As bytes: for each part, ascending by key, the key (1 byte), the length (4 bytes, little-endian) and the part; a client that holds nothing has none.
/// </summary>
public sealed class ClientState
{
    /// <summary>Bytes that a part takes besides its own.</summary>
    public const int HeadBytes = 5;

    private readonly SortedDictionary<ClientStateKey, ReadOnlyMemory<byte>> parts = [];

    /// <summary>Whether a part was set since the state was made.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Reads a state.</summary>
    /// <param name="bytes">What <see cref="Encode"/> gave; kept, not copied.</param>
    /// <exception cref="ClientStateException">The bytes are no state.</exception>
    public static ClientState Decode(ReadOnlyMemory<byte> bytes)
    {
        var state = new ClientState();
        int previous = 0;
        while (bytes.Length > 0)
        {
            if (bytes.Length < HeadBytes)
                throw new ClientStateException($"A client's state ends within a head, {bytes.Length} bytes before the end.");
            byte key = bytes.Span[0];
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[1..]);
            if (key <= previous)
                throw new ClientStateException($"Part {key} of a client's state follows part {previous}; parts ascend from 1.");
            if (length == 0 || length > bytes.Length - HeadBytes)
                throw new ClientStateException($"Part {key} of a client's state has {length:N0} bytes, of which {bytes.Length - HeadBytes:N0} are there.");
            state.parts.Add((ClientStateKey)key, bytes.Slice(HeadBytes, (int)length));
            bytes = bytes[(HeadBytes + (int)length)..];
            previous = key;
        }

        return state;
    }

    /// <summary>A part; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Find(ClientStateKey key) => parts.GetValueOrDefault(key);

    /// <summary>Puts a part in the place of the one before.</summary>
    /// <param name="key">Whose part it is.</param>
    /// <param name="part">The part, which nobody changes afterwards; an empty one is none.</param>
    public void Set(ClientStateKey key, ReadOnlyMemory<byte> part)
    {
        if (part.IsEmpty)
            parts.Remove(key);
        else
            parts[key] = part;
        IsChanged = true;
    }

    /// <summary>The state as bytes.</summary>
    public byte[] Encode()
    {
        byte[] bytes = new byte[parts.Values.Sum(static part => HeadBytes + part.Length)];
        int at = 0;
        foreach ((ClientStateKey key, ReadOnlyMemory<byte> part) in parts)
        {
            bytes[at] = (byte)key;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + 1), (uint)part.Length);
            part.Span.CopyTo(bytes.AsSpan(at + HeadBytes));
            at += HeadBytes + part.Length;
        }

        return bytes;
    }
}
