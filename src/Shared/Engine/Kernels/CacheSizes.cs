using System.Runtime.Intrinsics.X86;

namespace Federated.Engine.Kernels;

/// <summary>Sizes of this processor's caches, for choices that change the speed and never a result.</summary>
internal static class CacheSizes
{
    // What every processor of the last decade has at least.
    private const int SmallestLevelOne = 32 * 1024;

    // A power of two of lines and more than any processor has so far: what a hypervisor says beyond it is not believed.
    private const int LargestLevelOne = 256 * 1024;

    /// <summary>Bytes of one core's first-level data cache; 32 KiB where the processor does not say.</summary>
    public static int LevelOne { get; } = Math.Clamp(ReadLevelOne(), SmallestLevelOne, LargestLevelOne);

    // Both vendors enumerate their caches in the same format: Intel in leaf 4, AMD in leaf 0x8000001D (Intel 64 manual volume 2A, CPUID; AMD64 manual volume 3,
    // appendix E). EAX bits 4:0 type (0 none, 1 data, 2 instructions, 3 both), bits 7:5 level; EBX lines, partitions and ways, each less one; ECX sets less one.
    private static int ReadLevelOne()
    {
        if (!X86Base.IsSupported)
            return 0;
        int size = ReadLevelOne(leaf: 4, last: X86Base.CpuId(0, 0).Eax);
        return size > 0 ? size : ReadLevelOne(leaf: unchecked((int)0x8000001D), last: X86Base.CpuId(unchecked((int)0x80000000), 0).Eax);
    }

    private static int ReadLevelOne(int leaf, int last)
    {
        if ((uint)last < (uint)leaf)
            return 0;
        for (int index = 0; index < 8; index++)
        {
            (int eax, int ebx, int ecx, _) = X86Base.CpuId(leaf, index);
            int type = eax & 31;
            if (type == 0)
                return 0;
            if (type is 1 or 3 && ((eax >> 5) & 7) == 1)
                return ((ebx & 0xFFF) + 1) * (((ebx >> 12) & 0x3FF) + 1) * (((ebx >> 22) & 0x3FF) + 1) * (ecx + 1);
        }

        return 0;
    }
}
