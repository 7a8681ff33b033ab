using System.Runtime.InteropServices;

namespace Federated.Engine.Networks;

/// <summary>
/// Asks the system for pages of 2 MB. Sweeps over hundreds of megabytes otherwise spend a tenth of their time on finding the addresses of pages of 4 KB. Only a
/// request: where the system does not know it, or does not grant it, everything works as before.
/// </summary>
internal static unsafe partial class LargePages
{
    /// <summary>Bytes of a large page: memory that asks for them should start at a multiple.</summary>
    public const int Size = 2 << 20;

    // MADV_HUGEPAGE of <sys/mman.h>.
    private const int Advice = 14;

    /// <summary>Asks for large pages for memory that nobody has touched yet.</summary>
    public static void Request(void* memory, nuint bytes)
    {
        if (!OperatingSystem.IsLinux() || bytes < Size)
            return;
        try
        {
            _ = Advise(memory, bytes, Advice);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // A C library of another name: pages stay small.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* memory, nuint bytes, int advice);
}
