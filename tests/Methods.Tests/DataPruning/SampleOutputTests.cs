using Federated.Methods.DataPruning;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class SampleOutputTests
{
    // Logits whose softmax is 1/2, 1/4, 1/4.
    private static readonly float[] Logits = [0.6931472f, 0, 0];

    [Fact]
    public void Scores_follow_from_the_probabilities()
    {
        SampleOutput right = Output(Logits, label: 0);
        Assert.Equal(Math.Sqrt((0.5 * 0.5) + (2 * 0.25 * 0.25)), right.ErrorNorm, 7); // (−1/2, 1/4, 1/4)
        Assert.Equal(0.6931471805599453, right.Loss, 7);
        Assert.Equal(0.25, right.Margin, 7);
        Assert.True(right.IsRight);

        SampleOutput wrong = Output(Logits, label: 1);
        Assert.Equal(Math.Sqrt((0.5 * 0.5) + (0.75 * 0.75) + (0.25 * 0.25)), wrong.ErrorNorm, 7); // (1/2, −3/4, 1/4)
        Assert.Equal(1.3862943611198906, wrong.Loss, 7);
        Assert.Equal(-0.25, wrong.Margin, 7);
        Assert.False(wrong.IsRight);
    }

    [Fact]
    public void The_gradient_norm_of_the_last_layer_is_that_of_the_outer_product()
    {
        // (p − y) ⊗ (3, 4, 1): the norm of all nine entries.
        double[] error = [0.5, -0.75, 0.25];
        double expected = Math.Sqrt(error.SelectMany(static e => new double[] { 3, 4, 1 }.Select(h => e * h * (e * h))).Sum());
        Assert.Equal(expected, new SampleOutput(Logits, [3, 4], 1, new double[3]).LastLayerGradientNorm, 7);
    }

    [Fact]
    public void Large_logits_give_finite_scores()
    {
        SampleOutput output = Output([1000, -1000, 0], label: 1);
        Assert.Equal(2000, output.Loss, 9);
        Assert.Equal(Math.Sqrt(2), output.ErrorNorm, 12);
        Assert.Equal(-1, output.Margin, 12);
    }

    [Fact]
    public void The_first_of_equal_logits_is_the_predicted_class()
    {
        Assert.Equal(1, Output([0, 2, 2], label: 2).Predicted);
        Assert.Equal(-1, Output([float.NaN, float.NaN, float.NaN], label: 2).Predicted);
    }

    private static SampleOutput Output(float[] logits, int label) => new(logits, [], label, new double[logits.Length]);
}
