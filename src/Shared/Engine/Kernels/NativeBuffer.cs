using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Federated.Engine.Kernels;

/// <summary>
/// Unmanaged memory of <see cref="Length"/> elements, zeroed, 64-byte aligned, freed on disposal or finalisation. Kernels hold plain pointers into it,
/// so its owner keeps itself alive (<see cref="GC.KeepAlive"/>) until the kernel returns.
/// </summary>
internal sealed unsafe class NativeBuffer<T> : SafeHandleZeroOrMinusOneIsInvalid
    where T : unmanaged
{
    /// <summary>One cache line, and one 512-bit vector.</summary>
    private const int Alignment = 64;

    /// <summary>Allocates zeroed memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="OutOfMemoryException">The system has no memory left.</exception>
    public NativeBuffer(long length)
        : base(ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint bytes = checked((nuint)Math.Max(length, 1) * (nuint)sizeof(T));
        void* memory = NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(memory, bytes);
        SetHandle((nint)memory);
    }

    /// <summary>A copy of the elements.</summary>
    public NativeBuffer(ReadOnlySpan<T> elements)
        : this(elements.Length) => elements.CopyTo(new Span<T>(Pointer, elements.Length));

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>The first element.</summary>
    public T* Pointer => (T*)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
