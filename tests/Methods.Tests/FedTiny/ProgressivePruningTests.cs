using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.FedTiny;
using Federated.Methods.LocalTraining;
using Xunit;

namespace Federated.Methods.Tests.FedTiny;

public sealed class ProgressivePruningTests
{
    // Stem (block 0, dense) and three blocks; the last holds two tensors, so that "block" and "layer" differ.
    private static readonly ParameterLayout Layout = new(
    [
        new("stem.weight", ParameterKind.ConvolutionWeight, [10, 10, 1, 1], 0, 1, 0),
        new("a.weight", ParameterKind.ConvolutionWeight, [200, 100, 1, 1], 100, 1, 1),
        new("b.weight", ParameterKind.ConvolutionWeight, [200, 100, 1, 1], 20_100, 1, 2),
        new("c.weight", ParameterKind.ConvolutionWeight, [200, 100, 1, 1], 40_100, 1, 3),
        new("fc.weight", ParameterKind.LinearWeight, [200, 100], 60_100, 1, 3),
    ]);

    private static readonly BitSet Half = BitSet.FromPositions(20_000, [.. Enumerable.Range(0, 10_000)]);
    private static readonly Mask Sparse = new(Layout, [null, Half, Half, Half, Half]);

    [Theory]
    [InlineData(10, 0.2927)]
    [InlineData(20, 0.2714)]
    [InlineData(30, 0.2382)]
    [InlineData(40, 0.1964)]
    [InlineData(50, 0.15)]
    [InlineData(60, 0.1036)]
    [InlineData(70, 0.0618)]
    [InlineData(80, 0.0286)]
    [InlineData(90, 0.0073)]
    public void Exchanged_share_follows_the_cosine_of_the_paper(int round, double share)
    {
        var progressive = new ProgressivePruning(new ProgressiveSpec { Granularity = "entire" });
        foreach (GradientRequest request in progressive.RequestsFor(round, Sparse))
            Assert.InRange(request.Count / 10_000.0, share - 0.00006, share + 0.00016);
    }

    [Theory]
    [InlineData(100)] // the cosine has reached zero
    [InlineData(110)] // past the last adjustment
    [InlineData(15)]  // between two adjustments
    public void No_gradients_are_asked_for_outside_adjustments(int round) =>
        Assert.Empty(new ProgressivePruning(new ProgressiveSpec()).RequestsFor(round, Sparse));

    [Fact]
    public void Blocks_take_turns_from_the_output_to_the_input_and_the_dense_stem_is_passed_by()
    {
        var progressive = new ProgressivePruning(new ProgressiveSpec());
        int[][] turns = [.. Enumerable.Range(1, 5).Select(turn => progressive.RequestsFor(10 * turn, Sparse).Select(r => r.Tensor).ToArray())];
        Assert.Equal([[3, 4], [2], [1], [3, 4], [2]], turns);
    }

    [Fact]
    public void Layers_take_turns_one_at_a_time()
    {
        var progressive = new ProgressivePruning(new ProgressiveSpec { Granularity = "layer" });
        int[] turns = [.. Enumerable.Range(1, 5).Select(turn => progressive.RequestsFor(10 * turn, Sparse).Single().Tensor)];
        Assert.Equal([4, 3, 2, 1, 4], turns);
    }

    [Fact]
    public void Adjusting_grows_the_largest_gradients_at_zero_and_prunes_the_smallest_magnitudes()
    {
        var layout = new ParameterLayout([new("w", ParameterKind.LinearWeight, [2, 4], 0, 1, 0), new("bias", ParameterKind.Bias, [2], 8, 1, 0)]);
        var mask = new Mask(layout, [BitSet.FromPositions(8, [0, 2, 5, 7]), null]);
        var model = new GlobalModel(mask, [0.5f, -0.1f, 0.2f, -3f, 1f, 2f], []);
        // Pruned are 1, 3, 4, 6; the mean gradient is largest at 6 and then at 1.
        var gradients = new MeanGradients(0, [1, 3, 6], [-0.4f, 0.1f, 0.9f]);

        GlobalModel adjusted = ProgressivePruning.Adjust(model, [new GradientRequest(0, 2)], [gradients]);

        // Of the active 0, 2, 5, 7 the smallest magnitudes are those of 2 (0.1) and 5 (0.2).
        Assert.Equal([0, 1, 6, 7], adjusted.Mask[0]!.ToPositions());
        Assert.Equal([0.5f, 0f, 0f, -3f, 1f, 2f], adjusted.Values);
    }

    [Fact]
    public void Adjusting_without_any_reported_gradient_leaves_the_mask_alone()
    {
        var model = new GlobalModel(Sparse, new float[Sparse.Count], []);
        GlobalModel adjusted = ProgressivePruning.Adjust(model, [new GradientRequest(1, 5)], [new MeanGradients(1, [], [])]);
        Assert.Equal(model.Mask, adjusted.Mask);
    }
}
