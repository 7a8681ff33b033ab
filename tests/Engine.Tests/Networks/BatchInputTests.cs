using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Tensors;
using Xunit;

namespace Federated.Engine.Tests.Networks;

public sealed unsafe class BatchInputTests
{
    private const int Blocks = 3;

    public static TheoryData<Geometry, int> Cases()
    {
        var cases = new TheoryData<Geometry, int>();
        foreach (Geometry geometry in (Geometry[])[new(1, 28, 28, 0), new(3, 4, 4, 1), new(2, 3, 7, 2), new(1, 1, 1, 0), new(5, 1, 3, 0)])
        {
            foreach (int count in (int[])[1, 2, 3, 4, 5, 10, 15, 16])
                cases.Add(geometry, count);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void SetBlock_PutsEveryPixelIntoItsLane_AndZeroIntoLanesWithoutImage(Geometry geometry, int count)
    {
        using NativeBuffer<float> memory = Memory(geometry, out BatchInput input);
        float[] images = Images(count, geometry);
        input.SetBlock(1, images, count);

        int length = geometry.Channels * geometry.Positions;
        var inside = new HashSet<long>();
        for (int pixel = 0; pixel < length; pixel++)
        {
            for (int lane = 0; lane < Geometry.Lanes; lane++)
            {
                long at = At(geometry, 1, pixel, lane);
                inside.Add(at);
                Assert.Equal(lane < count ? images[(lane * length) + pixel] : 0, memory.Pointer[at]);
            }
        }

        // Neither the border nor another block is touched.
        for (long at = 0; at < Blocks * geometry.BlockStride; at++)
            Assert.True(inside.Contains(at) || float.IsNaN(memory.Pointer[at]), $"float {at}");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void SetImage_OneByOne_GivesTheSameAsTheBlock(Geometry geometry, int count)
    {
        using NativeBuffer<float> whole = Memory(geometry, out BatchInput byBlock);
        using NativeBuffer<float> single = Memory(geometry, out BatchInput oneByOne);
        float[] images = Images(count, geometry);
        int length = images.Length / count;
        byBlock.SetBlock(2, images, count);
        for (int i = 0; i < count; i++)
            oneByOne.SetImage((2 * Geometry.Lanes) + i, images.AsSpan(i * length, length));
        for (int pixel = 0; pixel < length; pixel++)
        {
            for (int lane = 0; lane < count; lane++)
                Assert.Equal(whole.Pointer[At(geometry, 2, pixel, lane)], single.Pointer[At(geometry, 2, pixel, lane)]);
        }
    }

    [Fact]
    public void ClearBeyond_LeavesNothingOfLargerBatches_WhateverWasSetBefore()
    {
        var geometry = new Geometry(2, 3, 3, 0);
        int length = geometry.Channels * geometry.Positions;
        using NativeBuffer<float> memory = Memory(geometry, out BatchInput input);
        float[] full = Images(Geometry.Lanes, geometry);
        input.SetBlock(0, full, Geometry.Lanes);
        input.SetBlock(1, full, Geometry.Lanes);
        RequireClear(20);

        input.SetBlock(1, full.AsSpan(0, 6 * length), 6);
        RequireClear(22);
        RequireClear(25); // a gap of clear lanes is still clear

        input.SetImage(30, full.AsSpan(0, length));
        RequireClear(22);
        RequireClear(3);

        // The note that block 0 is clear from 3 on must not survive its being filled again.
        input.SetBlock(0, full, Geometry.Lanes);
        RequireClear(3);
        input.SetImage(9, full.AsSpan(0, length));
        RequireClear(5);

        void RequireClear(int count)
        {
            input.ClearBeyond(count);
            for (int pixel = 0; pixel < length; pixel++)
            {
                for (int lane = count % Geometry.Lanes; lane < Geometry.Lanes; lane++)
                    Assert.Equal(0, memory.Pointer[At(geometry, count / Geometry.Lanes, pixel, lane)]);
            }
        }
    }

    private static NativeBuffer<float> Memory(Geometry geometry, out BatchInput input)
    {
        var memory = new NativeBuffer<float>(checked((int)(Blocks * geometry.BlockStride)));
        new Span<float>(memory.Pointer, checked((int)(Blocks * geometry.BlockStride))).Fill(float.NaN);
        input = new BatchInput(memory.Pointer, geometry);
        return memory;
    }

    private static float[] Images(int count, Geometry geometry) => [.. Enumerable.Range(1, count * geometry.Channels * geometry.Positions).Select(static i => (float)i)];

    private static long At(Geometry geometry, int block, int pixel, int lane)
    {
        (int channel, int position) = Math.DivRem(pixel, geometry.Positions);
        (int row, int column) = Math.DivRem(position, geometry.Width);
        return (block * geometry.BlockStride) + geometry.Interior + ((long)channel * geometry.PlaneStride) + (row * geometry.RowStride) + (column * Geometry.Lanes) + lane;
    }
}
