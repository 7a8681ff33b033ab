using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Federated.Engine.Networks;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// The bytes of a checkpoint: the round; the model as a payload (mask, values, statistics) and its auxiliary values, their number before them; the parts that clients keep, one payload each;
/// for each that a client keeps, the client's number and the index of the part; the 32 bytes of the ledger's SHA-256; and, where clients have states,
/// the number, the length (64 bits) and the checksum of the file that holds them. Integers are 32-bit little-endian. The store guards the whole by a hash.
/// </summary>
internal static class CheckpointCodec
{
    private const int MarkBytes = 16;

    public static byte[] Encode(Checkpoint checkpoint)
    {
        using var stream = new MemoryStream();
        Write(stream, checkpoint.Round);
        WritePayload(stream, new Payload(new MaskPart(checkpoint.Model.Mask), new SparseValuesPart(checkpoint.Model.Mask, checkpoint.Model.Values), new NormStatisticsPart(checkpoint.Model.Statistics)));
        WriteFloats(stream, checkpoint.Model.Auxiliary);
        Write(stream, checkpoint.KeptParts.Length);
        var indexOf = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Part part in checkpoint.KeptParts)
        {
            indexOf.Add(PartDigest.Of(part)!.Value.Digest, indexOf.Count);
            WritePayload(stream, KeptPartPayload.Of(part));
        }

        Write(stream, checkpoint.KeptNames.Length);
        foreach (KeptName kept in checkpoint.KeptNames)
        {
            Write(stream, kept.Client);
            Write(stream, indexOf[kept.Digest]);
        }

        stream.Write(Convert.FromHexString(checkpoint.LedgerDigest));
        if (checkpoint.States is { } states)
        {
            Span<byte> mark = stackalloc byte[MarkBytes];
            BinaryPrimitives.WriteInt32LittleEndian(mark, states.Generation);
            BinaryPrimitives.WriteInt64LittleEndian(mark[4..], states.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(mark[12..], states.Checksum);
            stream.Write(mark);
        }

        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no checkpoint of this network.</exception>
    public static Checkpoint Decode(ReadOnlyMemory<byte> bytes, NetworkPlan plan)
    {
        var context = new PayloadContext(plan.Parameters, plan.Statistics.Count);
        int position = 0;
        try
        {
            int round = Read(bytes, ref position);
            Payload model = ReadPayload(bytes, ref position, context);
            float[] auxiliary = ReadFloats(bytes, ref position, plan.Parameters.Count);
            var parts = ImmutableArray.CreateBuilder<Part>();
            var names = new List<(PartKind Kind, string Digest)>();
            for (int left = Read(bytes, ref position); left > 0; left--)
            {
                Part part = ReadPayload(bytes, ref position, context).Parts[0];
                parts.Add(part);
                names.Add(PartDigest.Of(part) ?? throw new InvalidDataException($"Clients keep no {part.Kind}."));
            }

            var kept = ImmutableArray.CreateBuilder<KeptName>();
            for (int left = Read(bytes, ref position); left > 0; left--)
            {
                int client = Read(bytes, ref position);
                (PartKind kind, string digest) = names[Read(bytes, ref position)];
                kept.Add(new KeptName(client, kind, digest));
            }

            return new Checkpoint(
                round,
                new GlobalModel(model.Get<MaskPart>().Mask, model.Get<SparseValuesPart>().Values, model.Get<NormStatisticsPart>().Values) { Auxiliary = auxiliary },
                parts.DrainToImmutable(),
                kept.DrainToImmutable(),
                Convert.ToHexStringLower(bytes.Span.Slice(position, SHA256.HashSizeInBytes)),
                ReadMark(bytes.Span[(position + SHA256.HashSizeInBytes)..]));
        }
        catch (Exception e) when (e is PayloadException or ArgumentException or IndexOutOfRangeException or KeyNotFoundException)
        {
            throw new InvalidDataException($"The checkpoint is not of this experiment's network ({plan.Name}). {e.Message}", e);
        }
    }

    private static ClientStatesMark? ReadMark(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
            return null;
        if (rest.Length != MarkBytes)
            throw new ArgumentException($"{rest.Length} bytes are left, where {MarkBytes} say where the states of clients stand.", nameof(rest));
        var mark = new ClientStatesMark(BinaryPrimitives.ReadInt32LittleEndian(rest), BinaryPrimitives.ReadInt64LittleEndian(rest[4..]), BinaryPrimitives.ReadUInt32LittleEndian(rest[12..]));
        return mark is { Generation: > 0, Length: >= 0 } ? mark : throw new ArgumentException("The place of clients' states is negative.", nameof(rest));
    }

    private static void Write(MemoryStream stream, int value)
    {
        Span<byte> buffer = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(buffer, value);
        stream.Write(buffer);
    }

    private static void WriteFloats(MemoryStream stream, ReadOnlySpan<float> values)
    {
        Write(stream, values.Length);
        stream.Write(MemoryMarshal.AsBytes(values));
    }

    private static float[] ReadFloats(ReadOnlyMemory<byte> bytes, ref int position, int most)
    {
        int count = Read(bytes, ref position);
        if ((uint)count > (uint)most)
            throw new InvalidDataException($"The checkpoint names {count} auxiliary values; the network has {most} in all.");
        float[] values = new float[count];
        bytes.Span.Slice(position, count * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        position += count * sizeof(float);
        return values;
    }

    private static void WritePayload(MemoryStream stream, Payload payload)
    {
        byte[] bytes = payload.Encode().Bytes;
        Write(stream, bytes.Length);
        stream.Write(bytes);
    }

    private static int Read(ReadOnlyMemory<byte> bytes, ref int position)
    {
        int value = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[position..]);
        position += 4;
        return value >= 0 ? value : throw new ArgumentException($"A length at byte {position - 4} is negative.", nameof(bytes));
    }

    private static Payload ReadPayload(ReadOnlyMemory<byte> bytes, ref int position, PayloadContext context)
    {
        int length = Read(bytes, ref position);
        Payload payload = Payload.Decode(bytes.Slice(position, length), context);
        position += length;
        return payload;
    }
}
