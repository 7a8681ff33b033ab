using Xunit;

namespace Federated.Bench.Tests;

public sealed class TimingsTests
{
    [Fact]
    public void KeepsBothClocksSortedByThemselves()
    {
        var timings = new Timings(3);
        timings.Add(new Sample(5, 1, 8));
        timings.Add(new Sample(2, 4, 0));
        timings.Add(new Sample(3, 2, 16));
        Assert.Equal(3, timings.Count);
        Assert.Equal((2, 3, 5), (timings.Minimum, timings.Median, timings.Maximum));
        Assert.Equal((1, 2), (timings.ProcessorMinimum, timings.ProcessorMedian));
        Assert.Equal((2.5, 4), (timings.LowerQuartile, timings.UpperQuartile));
        Assert.Equal(24, timings.AllocatedBytes);
    }

    [Fact]
    public void TheFirstRunIsNotTimed()
    {
        int runs = 0;
        byte[]? kept = null;
        var timings = new Timings(4);
        timings.Measure(() =>
        {
            // Only the untimed run allocates.
            if (runs++ == 0)
                kept = new byte[1000];
        });
        Assert.Equal(5, runs);
        Assert.Equal(4, timings.Count);
        Assert.InRange(timings.AllocatedBytes, 0, 999);
        Assert.NotNull(kept);
    }

    [Fact]
    public void SamplesAddAndSubtract()
    {
        var first = new Sample(5, 3, 10);
        var second = new Sample(1, 2, 4);
        Assert.Equal(new Sample(6, 5, 14), first + second);
        Assert.Equal(new Sample(4, 1, 6), first - second);
    }
}
