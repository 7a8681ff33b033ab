using System.Buffers.Binary;
using System.Numerics;
using Federated.Protocol.Transfer;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// States of clients, one behind the other in a file: the client's number, the length and the CRC-32C of the state (4 bytes each, little-endian), the state. The last record of a client counts.
/// </summary>
internal sealed class ClientStateLog(int generation, Stream stream) : IDisposable
{
    private const int HeadBytes = 12;

    private uint checksum;

    /// <summary>Number of the file.</summary>
    public int Generation => generation;

    /// <summary>Bytes of all records.</summary>
    public long Length { get; private set; }

    /// <summary>What a checkpoint remembers of the file as it is now.</summary>
    public ClientStatesMark Mark => new(generation, Length, checksum);

    /// <summary>Bytes that a record of a state takes.</summary>
    public static long RecordBytes(int stateBytes) => HeadBytes + (long)stateBytes;

    /// <summary>Reads the records up to a mark, and drops what is behind it.</summary>
    /// <returns>The place of each client's last record.</returns>
    /// <exception cref="InvalidDataException">The file is not what it was at the mark.</exception>
    public Dictionary<int, (long Offset, int Length)> Restore(ClientStatesMark mark)
    {
        var places = new Dictionary<int, (long, int)>();
        if (stream.Length < mark.Length)
            throw new InvalidDataException($"The file of clients' states holds {stream.Length:N0} bytes where the checkpoint was taken at {mark.Length:N0}; restore it.");
        Span<byte> head = stackalloc byte[HeadBytes];
        while (Length < mark.Length)
        {
            stream.Position = Length;
            if (mark.Length - Length < HeadBytes)
                throw Changed();
            stream.ReadExactly(head);
            int length = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
            if (length < 0 || length > mark.Length - Length - HeadBytes)
                throw Changed();
            places[BinaryPrimitives.ReadInt32LittleEndian(head)] = (Length, length);
            checksum = Continue(checksum, head);
            Length += RecordBytes(length);
        }

        if (checksum != mark.Checksum)
            throw Changed();
        stream.SetLength(mark.Length);
        return places;
    }

    /// <summary>Adds a record and returns its place.</summary>
    public (long Offset, int Length) Append(int client, ReadOnlySpan<byte> state)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteInt32LittleEndian(head, client);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], state.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Crc32C.Compute(state));
        long offset = Length;
        stream.Position = offset;
        stream.Write(head);
        stream.Write(state);
        checksum = Continue(checksum, head);
        Length += RecordBytes(state.Length);
        return (offset, state.Length);
    }

    /// <summary>The state of a record.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public byte[] Read(int client, (long Offset, int Length) place)
    {
        byte[] record = new byte[RecordBytes(place.Length)];
        stream.Position = place.Offset;
        stream.ReadExactly(record);
        byte[] state = record[HeadBytes..];
        return BinaryPrimitives.ReadInt32LittleEndian(record) == client && BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(8)) == Crc32C.Compute(state)
            ? state
            : throw Changed();
    }

    /// <summary>Brings everything to the disk.</summary>
    public void Flush()
    {
        stream.Flush();
        if (stream is FileStream file)
            file.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static uint Continue(uint checksum, ReadOnlySpan<byte> head)
    {
        foreach (byte value in head)
            checksum = BitOperations.Crc32C(checksum, value);
        return checksum;
    }

    private static InvalidDataException Changed() => new("The file of clients' states was changed since the checkpoint was taken; restore it.");
}
