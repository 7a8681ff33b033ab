using Federated.Protocol.Aggregation;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class ExactSumTests
{
    [Fact]
    public void Mean_of_weighted_values_is_the_rounded_quotient()
    {
        var sum = new ExactSum(3);
        sum.Add([1, -0.5f, 0], 1);
        sum.Add([2, 0.25f, 0], 2);

        // (1 + 4)/3, (−0.5 + 0.5)/3, 0.
        Assert.Equal([5 / 3f, 0, 0], sum.Mean());
        Assert.Equal(5 / 3.0, sum.MeanDouble()[0]);
        Assert.Equal(3, sum.TotalWeight);
    }

    [Theory]
    [InlineData(float.MaxValue)]
    [InlineData(float.Epsilon)]
    [InlineData(1.17549435e-38f)]
    [InlineData(1e30f)]
    [InlineData(1e-30f)]
    public void A_value_that_is_added_and_taken_away_leaves_the_rest(float big)
    {
        var sum = new ExactSum(1);
        sum.Add([big], 3);
        sum.Add([0.1f], 1);
        sum.Add([-big], 3);

        Assert.Equal((float)(0.1f / 7.0), sum.Mean()[0]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_that_is_not_finite_names_client_and_coordinate_and_leaves_the_sum(float value)
    {
        var sum = new ExactSum(2);
        sum.Add([1, 1], 1);

        NonFiniteContributionException error = Assert.Throws<NonFiniteContributionException>(() => sum.Add([5, value], 1, client: 17));

        Assert.Equal((17, 1), (error.Client, error.Index));
        Assert.Equal([1, 1], sum.Mean());
    }
}
