using Federated.Engine.Kernels;
using Xunit;

namespace Federated.Engine.Tests.Kernels;

public sealed class CacheSizesTests
{
    [Fact]
    public void LevelOne_IsWholeLinesBetweenTheSmallestAndTheLargestKnown()
    {
        Assert.InRange(CacheSizes.LevelOne, 32 * 1024, 256 * 1024);
        Assert.Equal(0, CacheSizes.LevelOne % 64);
    }

    [Fact]
    public void LevelOne_WhereLinuxKnowsTheCache_IsWhatItSays()
    {
        const string Path = "/sys/devices/system/cpu/cpu0/cache/index0/";
        if (!File.Exists(Path + "size") || !System.Runtime.Intrinsics.X86.X86Base.IsSupported)
            return;
        Assert.Equal("1", File.ReadAllText(Path + "level").Trim());
        Assert.Equal("Data", File.ReadAllText(Path + "type").Trim());
        Assert.Equal(File.ReadAllText(Path + "size").Trim(), $"{CacheSizes.LevelOne / 1024}K");
    }
}
