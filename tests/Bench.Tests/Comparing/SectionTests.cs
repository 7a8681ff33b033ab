using Federated.Bench.Comparing;
using Xunit;

namespace Federated.Bench.Tests.Comparing;

public sealed class SectionTests
{
    [Fact]
    public void IsATableOfFiguresAndTargets()
    {
        var rounds = new Rounds(Clock.Wall);
        foreach ((double nchw, double last, double ours, double bytes) in new[] { (1000.0, 900.0, 100.0, 3e8), (1200.0, 800.0, 90.0, 4e8), (1100.0, 850.0, 80.0, 3e8) })
        {
            rounds.Add("nchw", Line(nchw, "ms", 1e9));
            rounds.Add("last", Line(last, "ms", 9e8));
            rounds.Add("ours", Line(ours, "ms", bytes));
            rounds.Add("narrow", Line(1.5 * ours, "ms", bytes));
        }

        var comparison = new Comparison(
            "x",
            [],
            [
                new("speed", new SpeedUp("ours", "nchw", "last"), Target.AtLeast(10)),
                new("narrow", new SlowDown("narrow", "ours"), Target.AtMost(1.5)),
                new("memory", new Reading("ours", "peakResidentBytes", Unit.Megabytes, IsLargest: true, "nchw", "last"), Target.AtMost(350e6)),
                new("speed of the narrow", new SpeedUp("narrow", "last"), Target.AtLeast(5.5)),
            ]);
        string text = Section.Write(comparison, rounds, 3, "1 May 2026, some machine", ["first command", "second command"]);

        // 850/90 = 9.44 with pairs 9, 8.89 and 10.6; the largest memory counts; 850/135 = 6.30.
        Assert.Equal(
            """
            1 May 2026, some machine, PyTorch 1.13; 3 turns; medians, in brackets the least and the greatest of a single turn.

            | what | Federated | reference | figure | target | |
            | --- | ---: | ---: | ---: | ---: | --- |
            | speed | 90.0 ms | 850 ms (last) | 9.44× (8.89 … 10.6) | ≥ 10× | **missed** |
            | narrow | 135 ms | 90.0 ms | 1.50× (1.50 … 1.50) | ≤ 1.5× | met |
            | memory | – | 900 MB | 400 MB (300 … 400) | ≤ 350 MB | **missed** |
            | speed of the narrow | 135 ms | 850 ms | 6.30× (5.93 … 7.08) | ≥ 5.5× | met |

            ```sh
            first command
            second command
            ```

            """.ReplaceLineEndings("\n"),
            text);
        Assert.Equal(2, Section.CountMissed(comparison, rounds));
    }

    [Fact]
    public void RatesAreBetterWhenTheyAreMore()
    {
        var rounds = new Rounds(Clock.Wall);
        rounds.Add("peer", Line(2000, "client-rounds/s", 0));
        rounds.Add("ours", Line(11000, "client-rounds/s", 0));
        Figure figure = new SpeedUp("ours", "peer").Evaluate(rounds);
        Assert.Equal(5.5, figure.Value, 12);
        Assert.Equal(("11,000 client-rounds/s", "2,000 client-rounds/s"), (figure.Own, figure.Reference));
    }

    [Fact]
    public void TheProcessorsClockIsTakenWhereThereIsOne()
    {
        var rounds = new Rounds(Clock.Processor);
        rounds.Add("with", Measurement.Parse("{\"median\":9,\"processorMedian\":6,\"unit\":\"ms\"}"));
        rounds.Add("without", Measurement.Parse("{\"median\":3,\"unit\":\"ms\"}"));
        Assert.Equal(2, new SlowDown("with", "without").Evaluate(rounds).Value, 12);
    }

    [Theory]
    [InlineData(1234567, "1,234,567")]
    [InlineData(99.96, "100")]
    [InlineData(99.94, "99.9")]
    [InlineData(9.996, "10.0")]
    [InlineData(9.994, "9.99")]
    [InlineData(0.012, "0.01")]
    [InlineData(-12.34, "-12.3")]
    public void NumbersHaveThreeDigits(double value, string expected) => Assert.Equal(expected, Numbers.Short(value));

    [Fact]
    public void LimitsHaveNoMoreDigitsThanTheyWereGiven()
    {
        Assert.Equal("≥ 0.3", Target.AtLeast(0.3).Format(new Reading("x", "y", Unit.None).FormatLimit));
        Assert.Equal("≤ 1 MB", Target.AtMost(1e6).Format(new Reading("x", "y", Unit.Megabytes).FormatLimit));
        Assert.Equal("≥ 60 %", Target.AtLeast(0.6).Format(new Reading("x", "y", Unit.Percent).FormatLimit));
        Assert.Equal("≥ 10,000 client-rounds/s", Target.AtLeast(10_000).Format(new Reading("x", "y", Unit.ClientRounds).FormatLimit));
    }

    private static Measurement Line(double median, string unit, double bytes)
        => Measurement.Parse($"{{\"median\":{median},\"unit\":\"{unit}\",\"peakResidentBytes\":{bytes},\"torch\":\"1.13\"}}");
}
