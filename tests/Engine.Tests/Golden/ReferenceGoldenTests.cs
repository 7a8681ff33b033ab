using Federated.Engine.Tests.Reference;
using Xunit;

namespace Federated.Engine.Tests.Golden;

/// <summary>The reference layers are PyTorch's layers: both in double precision, they agree to rounding.</summary>
public sealed class ReferenceGoldenTests
{
    public static TheoryData<string> Layers => [.. LayerCase.All.Where(static c => c.Kind is not ("optimizer" or "loss")).Select(static c => c.Name)];

    public static TheoryData<string> Optimizers => [.. LayerCase.All.Where(static c => c.Kind is "optimizer").Select(static c => c.Name)];

    public static TheoryData<string> Losses => [.. LayerCase.All.Where(static c => c.Kind is "loss").Select(static c => c.Name)];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer_AgreesWithPyTorch(string name)
    {
        LayerCase layer = LayerCase.Named(name);
        Dictionary<string, double[]> results = ReferenceLayer.Run(layer);
        Assert.NotEmpty(results);
        foreach ((string result, double[] actual) in results)
            AssertClose(layer.Expected(result), actual, $"{name}, {result}");
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_AgreesWithPyTorch(string name)
    {
        LayerCase loss = LayerCase.Named(name);
        (double value, ReferenceTensor gradient) = ReferenceSoftmaxCrossEntropy.Compute(loss.Tensor("x"), loss.Labels(), loss.Number("smoothing"));
        AssertClose(loss.Expected("y"), [value], name);
        double dy = loss.Input("dy")![0];
        AssertClose(loss.Expected("dx"), [.. gradient.Values.Select(v => v * dy)], name);
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Optimizer_AgreesWithPyTorch(string name)
    {
        LayerCase optimizer = LayerCase.Named(name);
        double[] values = optimizer.Input("start")!;
        double[] gradients = optimizer.Input("gradients")!;
        double[] expected = optimizer.Expected("values");
        Action<double[], double[]> step = name.StartsWith("adam", StringComparison.Ordinal)
            ? new ReferenceAdam(optimizer.Number("rate"), weightDecay: optimizer.Number("decay"), decoupled: optimizer.Flag("decoupled")).Step
            : new ReferenceSgd(optimizer.Number("rate"), optimizer.Number("momentum"), optimizer.Number("decay"), optimizer.Flag("nesterov")).Step;
        for (int row = 0; row < gradients.Length; row += values.Length)
        {
            step(values, gradients[row..(row + values.Length)]);
            AssertClose(expected[row..(row + values.Length)], values, $"{name}, step {row / values.Length}");
        }
    }

    private static void AssertClose(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = 1 + expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-12 * scale, $"{what}, value {i}: PyTorch {expected[i]:R}, reference {actual[i]:R}");
    }
}
