using Federated.Engine.Parameters;
using Federated.Pruning.Scores;
using Xunit;

namespace Federated.Pruning.Tests.Scores;

public sealed class ScoreTests
{
    private static readonly ParameterLayout Layout = new(
    [
        new ParameterTensor("weight", ParameterKind.LinearWeight, [2, 2], 0, 1, 0),
        new ParameterTensor("bias", ParameterKind.Bias, [2], 4, 1, 0),
    ]);

    private static readonly float[] Parameters = [0.5f, -1f, 0.2f, 0.1f, 9f, -9f];
    private static readonly float[] Gradients = [0.2f, 0f, -0.2f, 0.2f, 7f, -7f];

    [Fact]
    public void Magnitude_IsTheAbsoluteParameter_AndZeroWhereNothingIsPruned() => Assert.Equal([0.5f, 1f, 0.2f, 0.1f, 0f, 0f], Compute(new MagnitudeScore()));

    [Fact]
    public void GradientMagnitude_IsTheAbsoluteMeanGradient() => Assert.Equal([0.2f, 0f, 0.2f, 0.2f, 0f, 0f], Compute(new GradientMagnitudeScore()));

    [Fact]
    public void Saliency_IsTheAbsoluteProduct()
    {
        float[] expected = [0.1f, 0f, 0.04f, 0.02f, 0f, 0f];
        Assert.Equal(expected, Compute(new SaliencyScore()), static (a, b) => Math.Abs(a - b) < 1e-7);
    }

    [Fact]
    public void Random_DependsOnSeedRoundAndTensorOnly()
    {
        ParameterLayout longer = Layouts.Of([2, 2], [3, 5]);
        ParameterLayout shorter = Layouts.Of([2, 2]);
        float[] inLonger = new float[longer.Count];
        float[] inShorter = new float[shorter.Count];
        new RandomScore(7).Compute(new ScoreInput(longer, new float[longer.Count]), inLonger);
        new RandomScore(7).Compute(new ScoreInput(shorter, new float[shorter.Count]), inShorter);
        Assert.Equal(inShorter, inLonger[..4]);
        Assert.NotEqual(inLonger[..4], inLonger[4..8]);
        float[] later = new float[shorter.Count];
        new RandomScore(7, round: 1).Compute(new ScoreInput(shorter, new float[shorter.Count]), later);
        Assert.NotEqual(inShorter, later);
        Assert.All(inLonger, static score => Assert.InRange(score, 0f, 0.99999999f));
    }

    [Fact]
    public void MissingGradients_AreNamed()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(static () => new GradientMagnitudeScore().Compute(new ScoreInput(Layout, Parameters), new float[6]));
        Assert.Contains("gradient-magnitude", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongLengths_AreRefused()
    {
        Assert.Throws<ArgumentException>(static () => new MagnitudeScore().Compute(new ScoreInput(Layout, Parameters), new float[5]));
        Assert.Throws<ArgumentException>(static () => new MagnitudeScore().Compute(new ScoreInput(Layout, new float[5]), new float[6]));
        Assert.Throws<ArgumentException>(static () => new MagnitudeScore().Compute(new ScoreInput(Layout, Parameters, new float[5]), new float[6]));
    }

    private static float[] Compute(IScore score)
    {
        float[] scores = [1f, 1f, 1f, 1f, 1f, 1f];
        score.Compute(new ScoreInput(Layout, Parameters, Gradients), scores);
        return scores;
    }
}
