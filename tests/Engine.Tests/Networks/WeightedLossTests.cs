using Federated.Engine.Networks;
using Xunit;

namespace Federated.Engine.Tests.Networks;

public sealed class WeightedLossTests
{
    private const int Count = 21;

    private static readonly int[] Labels = [.. Enumerable.Range(0, Count).Select(static i => i * 7 % 5)];

    [Fact]
    public void Weights_of_one_change_no_bit() =>
        Assert.Equal(Gradients(null).Gradients, Gradients([.. Enumerable.Repeat(1.0, Count)]).Gradients);

    [Fact]
    public void A_weight_of_two_counts_like_two_of_the_image_and_one_of_zero_like_none()
    {
        // The sum over the batch is divided by its images, so that the gradients of single images add up.
        double[] weights = [.. Enumerable.Range(0, Count).Select(static i => i % 3.0)];
        float[] weighted = Gradients(weights).Gradients;
        double[] expected = new double[weighted.Length];
        for (int i = 0; i < Count; i++)
        {
            double[] single = new double[Count];
            single[i] = 1;
            float[] alone = Gradients(single).Gradients;
            for (int p = 0; p < expected.Length; p++)
                expected[p] += weights[i] * alone[p];
        }

        double scale = expected.Max(Math.Abs);
        for (int p = 0; p < expected.Length; p++)
            Assert.Equal(expected[p], weighted[p], 1e-5 * scale);
    }

    [Fact]
    public void The_result_is_of_losses_without_weights() =>
        Assert.Equal(Gradients(null).Loss, Gradients([.. Enumerable.Range(0, Count).Select(static i => i * 0.5)]).Loss);

    [Fact]
    public void Weights_that_are_none_are_refused()
    {
        using Network network = Forward();
        Assert.Throws<ArgumentException>(() => network.Loss(Labels, 0, new double[Count - 1]));
        foreach (double bad in (double[])[-1, double.NaN, double.PositiveInfinity])
            Assert.Throws<ArgumentOutOfRangeException>(() => network.Loss(Labels, 0, [.. Enumerable.Repeat(bad, Count)]));
    }

    private static (float[] Gradients, LossResult Loss) Gradients(double[]? weights)
    {
        using Network network = Forward();
        LossResult loss = network.Loss(Labels, 0.1f, weights);
        network.Backward();
        return (network.Gradients.ToArray(), loss);
    }

    // Without batch normalisation, so that images do not meet each other.
    private static Network Forward()
    {
        NetworkPlan plan = Plans.Create("groups");
        var network = new Network(plan, maximumBatch: 33);
        Plans.Values(plan, seed: 2).CopyTo(network.Values);
        float[] images = Plans.Normals(Count * plan.InputCount, seed: 3);
        for (int i = 0; i < Count; i++)
            network.SetImage(i, images.AsSpan(i * plan.InputCount, plan.InputCount));
        network.Forward(ForwardMode.Train, Count);
        return network;
    }
}
