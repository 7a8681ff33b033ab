using System.Buffers.Binary;

namespace Federated.Protocol.Payloads;

/// <summary>Named numbers, ascending by key.</summary>
public sealed record ScalarsPart : Part
{
    private readonly Scalar[] scalars;

    /// <summary>A part of these numbers, given in any order.</summary>
    /// <exception cref="ArgumentException">A key appears twice.</exception>
    public ScalarsPart(params ReadOnlySpan<Scalar> scalars)
    {
        Scalar[] sorted = scalars.ToArray();
        Array.Sort(sorted, static (a, b) => a.Key.CompareTo(b.Key));
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Key == sorted[i - 1].Key)
                throw new ArgumentException($"Scalar {sorted[i].Key} appears twice.", nameof(scalars));
        }

        this.scalars = sorted;
    }

    /// <summary>The numbers, ascending by key.</summary>
    public ReadOnlySpan<Scalar> Scalars => scalars;

    /// <inheritdoc/>
    public override PartKind Kind => PartKind.Scalars;

    /// <summary>The number called <paramref name="key"/>.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Scalar this[int key] => Find(key) ?? throw new KeyNotFoundException($"The payload has no scalar {key}.");

    /// <summary>The number called <paramref name="key"/>, or null.</summary>
    public Scalar? Find(int key)
    {
        foreach (Scalar scalar in scalars)
        {
            if (scalar.Key == key)
                return scalar;
        }

        return null;
    }
}

/// <summary>
/// Body: for each number one byte, key + 128 for integers, then the integer zigzag-coded (0, −1, 1, −2 … → 0, 1, 2, 3 …) with variable length, or the 8 bytes of the double. Keys ascend strictly.
/// </summary>
internal sealed class ScalarsCodec : PartCodec<ScalarsPart>
{
    private const byte IntegerFlag = 0x80;

    public override PartKind Kind => PartKind.Scalars;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        Span<Scalar> scalars = stackalloc Scalar[Math.Min(Scalar.MaximumKey + 1, (reader.Remaining + 1) / 2)];
        int count = 0;
        while (reader.Remaining > 0)
        {
            int start = reader.Offset;
            byte tag = reader.ReadByte();
            int key = tag & ~IntegerFlag;
            if (count > 0 && key <= scalars[count - 1].Key)
                throw new PayloadException(PayloadError.OutOfRange, start, $"Scalar {key} follows scalar {scalars[count - 1].Key}; keys ascend.");
            if ((tag & IntegerFlag) != 0)
            {
                ulong zigzag = reader.ReadGroups();
                scalars[count++] = Scalar.Of(key, (long)(zigzag >> 1) ^ -(long)(zigzag & 1));
            }
            else
            {
                scalars[count++] = Scalar.Of(key, BinaryPrimitives.ReadDoubleLittleEndian(reader.Take(sizeof(double))));
            }
        }

        return new ScalarsPart(scalars[..count]);
    }

    protected override int Measure(ScalarsPart part, out byte[] stream)
    {
        stream = [];
        int bytes = 0;
        foreach (Scalar scalar in part.Scalars)
            bytes += 1 + (scalar.IsInteger ? PartWriter.GroupBytes(Zigzag(scalar.Integer)) : sizeof(double));
        return bytes;
    }

    protected override void Write(ScalarsPart part, byte[] stream, ref PartWriter writer)
    {
        Span<byte> real = stackalloc byte[sizeof(double)];
        foreach (Scalar scalar in part.Scalars)
        {
            writer.WriteByte((byte)(scalar.Key | (scalar.IsInteger ? IntegerFlag : 0)));
            if (scalar.IsInteger)
            {
                writer.WriteGroups(Zigzag(scalar.Integer));
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(real, scalar.Bits);
                writer.WriteBytes(real);
            }
        }
    }

    private static ulong Zigzag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
