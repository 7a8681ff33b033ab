using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Federated.Engine.Storage;

/// <summary>One tensor of a safetensors file: name, element type, shape and raw little-endian values, row-major.</summary>
public sealed class NamedTensor
{
    /// <summary>A tensor over <paramref name="data"/>, which is not copied.</summary>
    /// <param name="name">Any text but <c>__metadata__</c>, without unpaired surrogates.</param>
    /// <param name="type">Element type of <paramref name="data"/>.</param>
    /// <param name="shape">Dimensions, outermost first; empty for a scalar. A dimension may be 0.</param>
    /// <param name="data">Little-endian values, row-major.</param>
    /// <exception cref="ArgumentException">The name is reserved or not valid text, a dimension is negative, or the data's length does not fit the shape.</exception>
    public NamedTensor(string name, SafeTensorsType type, ImmutableArray<int> shape, ReadOnlyMemory<byte> data)
    {
        if (string.Equals(name, SafeTensorsFile.MetadataName, StringComparison.Ordinal))
            throw new ArgumentException($"{name} is reserved by the format; choose another name.", nameof(name));
        if (!SafeTensorsHeader.IsText(name))
            throw new ArgumentException("The name holds an unpaired surrogate, which UTF-8 cannot express.", nameof(name));
        long expected = CountOf(shape) * SafeTensorsTypes.Size(type);
        if (data.Length != expected)
            throw new ArgumentException($"{name} has shape [{string.Join(", ", shape)}] of {type}, which takes {expected} bytes, not {data.Length}.", nameof(data));
        Name = name;
        Type = type;
        Shape = shape;
        Data = data;
    }

    /// <summary>The tensor's name, unique in its file.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public SafeTensorsType Type { get; }

    /// <summary>Dimensions, outermost first; empty for a scalar.</summary>
    public ImmutableArray<int> Shape { get; }

    /// <summary>Raw little-endian values, row-major.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Number of elements.</summary>
    public int Count => Data.Length / SafeTensorsTypes.Size(Type);

    /// <summary>An <see cref="SafeTensorsType.F32"/> tensor with a copy of <paramref name="values"/>.</summary>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    public static NamedTensor FromSingles(string name, ImmutableArray<int> shape, ReadOnlySpan<float> values)
    {
        byte[] data = new byte[checked(values.Length * sizeof(float))];
        Span<int> bits = MemoryMarshal.Cast<byte, int>(data.AsSpan());
        MemoryMarshal.Cast<float, int>(values).CopyTo(bits);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(bits, bits);
        return new NamedTensor(name, SafeTensorsType.F32, shape, data);
    }

    /// <summary>An <see cref="SafeTensorsType.F64"/> tensor with a copy of <paramref name="values"/>.</summary>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    public static NamedTensor FromDoubles(string name, ImmutableArray<int> shape, ReadOnlySpan<double> values)
    {
        byte[] data = new byte[checked(values.Length * sizeof(double))];
        Span<long> bits = MemoryMarshal.Cast<byte, long>(data.AsSpan());
        MemoryMarshal.Cast<double, long>(values).CopyTo(bits);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(bits, bits);
        return new NamedTensor(name, SafeTensorsType.F64, shape, data);
    }

    /// <summary>The values of an <see cref="SafeTensorsType.F32"/> tensor, copied.</summary>
    /// <exception cref="InvalidOperationException">The tensor has another element type.</exception>
    public float[] ToSingles()
    {
        RequireType(SafeTensorsType.F32);
        float[] values = new float[Count];
        Span<int> bits = MemoryMarshal.Cast<float, int>(values.AsSpan());
        MemoryMarshal.Cast<byte, int>(Data.Span).CopyTo(bits);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(bits, bits);
        return values;
    }

    /// <summary>Whether <see cref="WidenTo"/> can read the element type.</summary>
    public bool IsWidenable => Type is SafeTensorsType.F32 or SafeTensorsType.F16 or SafeTensorsType.BF16;

    /// <summary>Copies the values of a tensor of single or half precision; every half is a single too, so nothing is rounded.</summary>
    /// <exception cref="InvalidOperationException">The tensor has another element type.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void WidenTo(Span<float> destination)
    {
        if (!IsWidenable)
            throw new InvalidOperationException($"{Name} holds {Type}, not {SafeTensorsType.F32}, {SafeTensorsType.F16} or {SafeTensorsType.BF16}.");
        if (destination.Length != Count)
            throw new ArgumentException($"{Name} has {Count} values, not {destination.Length}.", nameof(destination));
        ReadOnlySpan<byte> data = Data.Span;
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = Type switch
            {
                SafeTensorsType.F32 => BinaryPrimitives.ReadSingleLittleEndian(data[(i * sizeof(float))..]),
                SafeTensorsType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(data[(i * sizeof(ushort))..]),
                // The upper half of a single: the lower is zero.
                _ => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(data[(i * sizeof(ushort))..]) << 16),
            };
        }
    }

    /// <summary>The values of an <see cref="SafeTensorsType.F64"/> tensor, copied.</summary>
    /// <exception cref="InvalidOperationException">The tensor has another element type.</exception>
    public double[] ToDoubles()
    {
        RequireType(SafeTensorsType.F64);
        double[] values = new double[Count];
        Span<long> bits = MemoryMarshal.Cast<double, long>(values.AsSpan());
        MemoryMarshal.Cast<byte, long>(Data.Span).CopyTo(bits);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(bits, bits);
        return values;
    }

    private static long CountOf(ImmutableArray<int> shape)
    {
        long count = 1;
        foreach (int dimension in shape)
        {
            if (dimension < 0)
                throw new ArgumentException($"The shape [{string.Join(", ", shape)}] has a negative dimension.", nameof(shape));
            count *= dimension;
            if (count > Array.MaxLength)
                throw new ArgumentException($"The shape [{string.Join(", ", shape)}] has more values than one array can hold.", nameof(shape));
        }

        return count;
    }

    private void RequireType(SafeTensorsType type)
    {
        if (Type != type)
            throw new InvalidOperationException($"{Name} holds {Type}, not {type}.");
    }
}
