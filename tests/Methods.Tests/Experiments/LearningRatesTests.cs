using Federated.Methods.Experiments;
using Xunit;

namespace Federated.Methods.Tests.Experiments;

public sealed class LearningRatesTests
{
    private static readonly LearningRateSpec Cosine = new() { Kind = "cosine", Initial = 0.1, Final = 0.02 };

    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(6, 0.06)]
    [InlineData(11, 0.02)]
    public void Cosine_goes_from_the_first_round_to_the_last(int round, double expected) => Assert.Equal(expected, Cosine.At(round, 11), 12);

    [Fact]
    public void Constant_stays() => Assert.Equal(0.05, new LearningRateSpec().At(17, 20));

    [Fact]
    public void A_single_round_uses_the_first_value() => Assert.Equal(0.1, Cosine.At(1, 1));
}
