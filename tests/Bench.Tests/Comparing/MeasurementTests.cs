using Federated.Bench.Comparing;
using Xunit;

namespace Federated.Bench.Tests.Comparing;

public sealed class MeasurementTests
{
    [Fact]
    public void IsTheLastLine()
    {
        var measurement = Measurement.Parse("some text\n{\"median\":1,\"unit\":\"s\"}\n{\"benchmark\":\"x\",\"median\":2.5,\"unit\":\"ms\",\"torch\":\"1.13\"}\n");
        Assert.Equal(2.5, measurement.Number("median"));
        Assert.Equal("ms", measurement.Unit);
        Assert.False(measurement.IsRate);
        Assert.Equal("1.13", measurement.Text("torch"));
        Assert.Null(measurement.Text("median"));
        Assert.Null(measurement.Find("torch"));
        Assert.Contains("called memory", Assert.Throws<ComparisonException>(() => measurement.Number("memory")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KnowsRates() => Assert.True(Measurement.Parse("{\"median\":1,\"unit\":\"client-rounds/s\"}").IsRate);

    [Theory]
    [InlineData("")]
    [InlineData("{\"median\":1,\"unit\":\"ms\"}\nand then something else")]
    [InlineData("{\"minimum\":1,\"unit\":\"ms\"}")]
    [InlineData("[1, 2]")]
    public void RefusesWhatIsNoResult(string output) => Assert.Throws<ComparisonException>(() => Measurement.Parse(output));
}
