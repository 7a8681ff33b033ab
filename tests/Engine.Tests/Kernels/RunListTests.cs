using Federated.Engine.Kernels;
using Xunit;

namespace Federated.Engine.Tests.Kernels;

public sealed unsafe class RunListTests
{
    [Fact]
    public void Cover_RowsWithGaps_GoesDownTheRowsInFoursAndARest()
    {
        // Three rows of five pixels, 100 floats apart in the tensor that is read and 80 in the other.
        RunList[] lists = RunList.Cover(3, 5, new GridPlacement(7, 100, 16), new GridPlacement(0, 80, 16));
        Assert.Equal([4, 1], lists.Select(list => list.Length));
        Assert.Equal([7, 107, 207], Read(lists[0]));
        Assert.Equal([0, 80, 160], Written(lists[0]));
        Assert.Equal([71, 171, 271], Read(lists[1]));
        Assert.Equal([64, 144, 224], Written(lists[1]));
        Free(lists);
    }

    [Fact]
    public void Cover_RowsWithoutGapsInBothTensors_AreOneLongRow()
    {
        RunList[] four = RunList.Cover(4, 4, new GridPlacement(0, 64, 16), new GridPlacement(5, 64, 16));
        Assert.Equal(4, Assert.Single(four).Length);
        Assert.Equal([0, 64, 128, 192], Read(four[0]));
        Assert.Equal([5, 69, 133, 197], Written(four[0]));
        RunList[] odd = RunList.Cover(3, 7, new GridPlacement(0, 112, 16), new GridPlacement(0, 112, 16));
        Assert.Equal([4, 1], odd.Select(list => list.Length));
        Assert.Equal([0, 64, 128, 192, 256], Read(odd[0]));
        Assert.Equal([320], Read(odd[1]));
        RunList[] small = RunList.Cover(2, 2, new GridPlacement(0, 32, 16), new GridPlacement(0, 32, 16));
        Assert.Equal(2, Assert.Single(small).Length);
        Free([.. four, .. odd, .. small]);
    }

    [Fact]
    public void Cover_AStrideThatTheKernelsDoNotKnow_IsPixelByPixel()
    {
        RunList[] lists = RunList.Cover(1, 3, new GridPlacement(0, 500, 48), new GridPlacement(0, 500, 16));
        Assert.Equal(1, Assert.Single(lists).Length);
        Assert.Equal([0, 48, 96], Read(lists[0]));
        Free(lists);
    }

    private static int[] Read(RunList list) => new ReadOnlySpan<int>(list.ReadOffsets, list.Count).ToArray();

    private static int[] Written(RunList list) => new ReadOnlySpan<int>(list.WrittenOffsets, list.Count).ToArray();

    private static void Free(RunList[] lists)
    {
        foreach (RunList list in lists)
            list.Dispose();
    }
}
