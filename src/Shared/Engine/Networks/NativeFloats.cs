using System.Runtime.InteropServices;

namespace Federated.Engine.Networks;

/// <summary>Unmanaged floats that grow and never shrink; 64-byte aligned.</summary>
internal sealed unsafe class NativeFloats : IDisposable
{
    private long capacity;

    /// <summary>The first float; null before the first <see cref="Reset"/> to a length.</summary>
    public float* Pointer { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => capacity * sizeof(float);

    /// <summary>The first <paramref name="length"/> floats.</summary>
    public Span<float> Span(int length) => new(Pointer, length);

    /// <summary>Makes room for <paramref name="length"/> floats, all zero.</summary>
    public void Reset(long length)
    {
        if (length > capacity)
        {
            NativeMemory.AlignedFree(Pointer);
            Pointer = null;
            capacity = 0;
            Pointer = (float*)NativeMemory.AlignedAlloc(checked((nuint)length * sizeof(float)), 64);
            capacity = length;
        }

        NativeMemory.Clear(Pointer, (nuint)length * sizeof(float));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
        capacity = 0;
    }
}
