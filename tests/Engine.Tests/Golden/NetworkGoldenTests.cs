using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Parameters;
using Xunit;

namespace Federated.Engine.Tests.Golden;

/// <summary>
/// Twenty steps of SGD of sparse models at full width against PyTorch in double precision. The yardstick is PyTorch's own single precision: a network with
/// ReLU amplifies rounding (one activation that changes sign changes its gradient by up to a part in a thousand), so no fixed tolerance fits both ends of a run.
/// </summary>
public sealed class NetworkGoldenTests
{
    private const double Multiple = 4;

    private const double UnitInTheLastPlace = 1.0 / (1 << 23);

    // Where all of PyTorch's runs were lucky, one coin toss of the engine must not fail the test. A decay left out changes the weights by ten times as much.
    private const double OneToss = 1e-5;

    [Theory]
    [InlineData("resnet-18")]
    [InlineData("vgg-11")]
    public void TwentySteps_AreAsCloseToDoublePrecisionAsPyTorch(string name)
    {
        var golden = new NetworkCase(name);
        NetworkPlan plan = ModelCatalog.Create(name, new ModelInput(3, 32, 32, 10));
        Assert.Equal(golden.Parameters.Select(Describe).Order(), plan.Parameters.Tensors.Select(static t => $"{t.Name} [{string.Join(", ", t.Shape)}]").Order());
        Assert.Equal(golden.StatisticsNames.Order(), plan.Statistics.Tensors.Select(static t => t.Name).Order());

        Mask mask = golden.Mask(plan.Parameters);
        using var network = new Network(plan, golden.Batch);
        network.SetMask(mask);
        mask.Gather(golden.InitialValues(plan.Parameters), network.Values);
        var optimizer = new Sgd(golden.Momentum, nesterov: false, golden.WeightDecay);
        optimizer.Reset(mask.Count);
        float[] dense = new float[plan.Parameters.Count];
        double[] losses = new double[golden.Steps];
        for (int step = 0; step < golden.Steps; step++)
        {
            int[] labels = golden.LoadBatch(network, step % golden.Batches);
            network.Forward(ForwardMode.Train, golden.Batch);
            losses[step] = network.Loss(labels).LossSum / golden.Batch;
            network.Backward();
            if (step == 0)
            {
                AssertClose(golden, "logits", Logits(network, golden.Batch), afterSteps: false);
                mask.Scatter(network.Gradients, dense);
                AssertClose(golden, "gradients", golden.Sample(plan.Parameters, dense), afterSteps: false);
            }

            optimizer.Step(network.Values, network.Gradients, golden.Rate);
        }

        mask.Scatter(network.Values, dense);
        AssertClose(golden, "first_losses", losses[..3], afterSteps: false);
        AssertClose(golden, "losses", losses, afterSteps: true);
        AssertClose(golden, "weights", golden.Sample(plan.Parameters, dense), afterSteps: true);
        AssertClose(golden, "statistics", golden.SampleStatistics(network), afterSteps: true);
    }

    private static string Describe(NetworkCase.Parameter parameter) => $"{parameter.Name} [{string.Join(", ", parameter.Shape)}]";

    private static double[] Logits(Network network, int batch)
    {
        var all = new List<double>();
        float[] logits = new float[network.Plan.Classes];
        for (int i = 0; i < batch; i++)
        {
            network.CopyLogits(i, logits);
            all.AddRange(logits.Select(static v => (double)v));
        }

        return [.. all];
    }

    /// <summary>Root mean square and largest error are at most four times PyTorch's, plus a floor relative to the values' own size.</summary>
    private static void AssertClose(NetworkCase golden, string result, double[] actual, bool afterSteps)
    {
        double[] exact = golden.Exact(result);
        Assert.Equal(exact.Length, actual.Length);
        double[] errors = [.. exact.Zip(actual, static (a, b) => Math.Abs(a - b))];
        (double rootMeanSquare, double largest) = golden.SinglePrecisionError(result);
        double size = RootMeanSquare(exact);
        double floor = size * (afterSteps ? OneToss : UnitInTheLastPlace);
        Assert.True(
            RootMeanSquare(errors) <= (Multiple * rootMeanSquare) + floor,
            $"{golden.Name}, {result}: root mean square error {RootMeanSquare(errors):G3}, PyTorch's {rootMeanSquare:G3}, values {size:G3}");
        Assert.True(errors.Max() <= (Multiple * largest) + floor, $"{golden.Name}, {result}: largest error {errors.Max():G3}, PyTorch's {largest:G3}, values {size:G3}");
    }

    private static double RootMeanSquare(double[] values) => Math.Sqrt(values.Average(static v => v * v));
}
