using Federated.Engine.Kernels;
using Federated.Engine.Optimizers;
using Xunit;

namespace Federated.Engine.Tests.Golden;

/// <summary>
/// Each layer of the engine against PyTorch in double precision, with PyTorch's own single precision as the yardstick: a fixed tolerance would be too
/// loose for one layer and too tight for the next.
/// </summary>
public sealed class EngineGoldenTests
{
    /// <summary>How many times further from double precision than PyTorch's single precision the engine may be; both round, in different orders.</summary>
    private const double Multiple = 4;

    public static TheoryData<string, VectorWidth> Layers
    {
        get
        {
            var data = new TheoryData<string, VectorWidth>();
            foreach (LayerCase layer in LayerCase.All.Where(static c => c.Kind is not ("optimizer" or "loss")))
            {
                foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
                    data.Add(layer.Name, width);
            }

            return data;
        }
    }

    public static TheoryData<string> Optimizers => ReferenceGoldenTests.Optimizers;

    public static TheoryData<string> Losses => ReferenceGoldenTests.Losses;

    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer_IsAsCloseToDoublePrecisionAsPyTorch(string name, VectorWidth width)
    {
        LayerCase layer = LayerCase.Named(name);
        Dictionary<string, float[]> results = EngineLayer.Run(layer, width);
        Assert.True(results.Count >= 2);
        foreach ((string result, float[] actual) in results)
        {
            double[] expected = layer.Expected(result);
            if (result == "dweight")
                expected = [.. expected.Zip(layer.Singles("weight"), (gradient, weight) => weight == 0 && layer.Number("density") < 1 ? 0 : gradient)];
            AssertClose(layer, result, expected, [.. actual.Select(static v => (double)v)]);
        }
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_IsAsCloseToDoublePrecisionAsPyTorch(string name)
    {
        LayerCase layer = LayerCase.Named(name);
        (double loss, float[] gradient) = EngineLayer.RunLoss(layer);
        AssertClose(layer, "y", layer.Expected("y"), [loss]);
        double dy = layer.Input("dy")![0];
        AssertClose(layer, "dx", layer.Expected("dx"), [.. gradient.Select(v => v * dy)]);
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Optimizer_IsAsCloseToDoublePrecisionAsPyTorch(string name)
    {
        LayerCase layer = LayerCase.Named(name);
        IOptimizer optimizer = name.StartsWith("adam", StringComparison.Ordinal)
            ? new Adam(weightDecay: (float)layer.Number("decay"), decoupled: layer.Flag("decoupled"))
            : new Sgd((float)layer.Number("momentum"), layer.Flag("nesterov"), (float)layer.Number("decay"));
        float[] values = layer.Singles("start");
        float[] gradients = layer.Singles("gradients");
        optimizer.Reset(values.Length);
        var all = new List<double>();
        for (int row = 0; row < gradients.Length; row += values.Length)
        {
            optimizer.Step(values, gradients.AsSpan(row, values.Length), (float)layer.Number("rate"));
            all.AddRange(values.Select(static v => (double)v));
        }

        AssertClose(layer, "values", layer.Expected("values"), [.. all]);
    }

    private static void AssertClose(LayerCase layer, string result, double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        (double rootMeanSquare, double largest) = layer.SinglePrecisionError(result);
        double[] errors = [.. expected.Zip(actual, static (a, b) => Math.Abs(a - b))];
        // The floor is half a unit in the last place of single precision: what storing the exact result already costs.
        double scale = Math.Sqrt(expected.Average(static v => v * v));
        double allowed = (Multiple * rootMeanSquare) + (scale / (1 << 24));
        double allowedLargest = (Multiple * largest) + (expected.Max(Math.Abs) / (1 << 24));
        double actualRootMeanSquare = Math.Sqrt(errors.Average(static e => e * e));
        Assert.True(actualRootMeanSquare <= allowed, $"{layer.Name}, {result}: root mean square error {actualRootMeanSquare:G3}, PyTorch's {rootMeanSquare:G3}, allowed {allowed:G3}");
        Assert.True(errors.Max() <= allowedLargest, $"{layer.Name}, {result}: largest error {errors.Max():G3}, PyTorch's {largest:G3}, allowed {allowedLargest:G3}");
    }
}
