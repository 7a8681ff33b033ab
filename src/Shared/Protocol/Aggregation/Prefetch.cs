using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Federated.Protocol.Aggregation;

/// <summary>Asks for memory that will be needed soon. Changes no result; does nothing where the processor offers no instruction for it.</summary>
internal static unsafe class Prefetch
{
    /// <summary>The line that holds <paramref name="address"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }
}
