using System.Text.Json;
using Federated.Engine.Kernels;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Storage;
using Federated.TestKit;
using Xunit;

namespace Federated.Engine.Tests.Golden;

/// <summary>One training step of whole vision transformers against PyTorch in double precision, with PyTorch's own single precision as the yardstick.</summary>
public sealed class TransformerGoldenTests
{
    private const double Multiple = 4;

    private static readonly SafeTensorsFile Fixture = SafeTensorsFile.Read(Path.Combine(GoldenFile.RepositoryRoot, "tests/golden/transformer.safetensors"));

    [Theory]
    [InlineData("plain", VectorWidth.V512)]
    [InlineData("plain", VectorWidth.V128)]
    [InlineData("extras", VectorWidth.V512)]
    [InlineData("extras", VectorWidth.V256)]
    public void Step_IsAsCloseToDoublePrecisionAsPyTorch(string name, VectorWidth width)
    {
        JsonElement options = JsonDocument.Parse(Fixture.Metadata[name]).RootElement;
        NamedTensor images = Fixture[$"{name}.images"];
        int batch = images.Shape[0];
        int classes = Fixture[$"{name}.logits64"].Shape[1];
        NetworkPlan plan = ModelCatalog.Create(
            "vit",
            new ModelInput(images.Shape[1], images.Shape[2], images.Shape[3], classes),
            shape: new TransformerShape(Option("depth"), Option("d"), Option("heads"), Option("patch")),
            extras: new ModelExtras(Option("prompts"), DeepPrompts: Option("prompts") > 0, Option("rank"), Option("alpha")));
        using var network = new Network(plan, batch, width);
        foreach (ParameterTensor tensor in plan.Parameters.Tensors)
        {
            NamedTensor stored = Fixture[$"{name}.{tensor.Name}"];
            Assert.Equal(stored.Shape.AsSpan(), tensor.Shape.AsSpan());
            stored.ToSingles().CopyTo(network.Values[tensor.Offset..]);
        }

        float[] pixels = images.ToSingles();
        for (int i = 0; i < batch; i++)
            network.SetImage(i, pixels.AsSpan(i * plan.InputCount, plan.InputCount));
        network.Forward(ForwardMode.Train, batch);
        float[] logits = new float[batch * classes];
        for (int i = 0; i < batch; i++)
            network.CopyLogits(i, logits.AsSpan(i * classes, classes));
        double loss = network.Loss(Labels(name, batch)).LossSum / batch;
        network.Backward();

        AssertClose($"{name}.logits", [.. logits.Select(static v => (double)v)]);
        AssertClose($"{name}.loss", [loss]);
        float[] gradients = network.Gradients.ToArray();
        foreach (ParameterTensor tensor in plan.Parameters.Tensors)
            AssertClose($"{name}.grad.{tensor.Name}", [.. gradients.Skip(tensor.Offset).Take(tensor.Count).Select(static v => (double)v)]);
        Assert.Equal(plan.Parameters.Tensors.Length, Fixture.Tensors.Count(t => t.Name.StartsWith($"{name}.grad.", StringComparison.Ordinal) && t.Name.EndsWith("64", StringComparison.Ordinal)));

        int Option(string key) => options.TryGetProperty(key, out JsonElement value) ? (int)value.GetDouble() : 0;
    }

    [Theory]
    [InlineData("enlarge", 4, 7, 5)]
    [InlineData("reduce", 7, 4, 3)]
    public void PositionEmbeddings_AreResampledAsPyTorchDoes(string name, int side, int height, int width)
    {
        double[] expected = Fixture[$"{name}.to64"].ToDoubles();
        float[] actual = new float[expected.Length];
        PositionEmbeddings.Resample(Fixture[$"{name}.from"].ToSingles(), side, actual, height, width);
        Assert.All(expected.Zip(actual), static pair => Assert.Equal(pair.First, pair.Second, 1e-7));
    }

    private static int[] Labels(string name, int count)
    {
        ReadOnlySpan<byte> data = Fixture[$"{name}.labels"].Data.Span;
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
            labels[i] = BitConverter.ToInt32(data[(i * sizeof(int))..]);
        return labels;
    }

    /// <summary>Root mean square and largest error are at most four times PyTorch's, plus a unit in the last place of the values' size.</summary>
    private static void AssertClose(string result, double[] actual)
    {
        double[] expected = Fixture[result + "64"].ToDoubles();
        double[] error = Fixture[result + ".error32"].ToDoubles();
        Assert.Equal(expected.Length, actual.Length);
        double[] differences = [.. expected.Zip(actual, static (a, b) => Math.Abs(a - b))];
        double floor = Math.Sqrt(expected.Average(static v => v * v)) / (1 << 23);
        double meanSquare = Math.Sqrt(differences.Average(static v => v * v));
        Assert.True(meanSquare <= (Multiple * error[0]) + floor, $"{result}: root mean square error {meanSquare:G3}, PyTorch's {error[0]:G3}");
        Assert.True(differences.Max() <= (Multiple * error[1]) + floor, $"{result}: largest error {differences.Max():G3}, PyTorch's {error[1]:G3}");
    }
}
