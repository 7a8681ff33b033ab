using Federated.Engine.Parameters;
using Federated.Engine.Randomness;

namespace Federated.Pruning.Tests;

/// <summary>Layouts that tests share.</summary>
internal static class Layouts
{
    /// <summary>Only prunable tensors of the given shapes; four dimensions are a convolution, two a linear layer; one block each.</summary>
    public static ParameterLayout Of(params int[][] shapes)
    {
        var builder = new Builder();
        for (int i = 0; i < shapes.Length; i++)
            builder.Add($"layer{i}", shapes[i].Length == 4 ? ParameterKind.ConvolutionWeight : ParameterKind.LinearWeight, shapes[i], 1, i);
        return builder.Build();
    }

    /// <summary>The four layers of the Erdős–Rényi golden values.</summary>
    public static ParameterLayout ErdosRenyiGolden() => Of([64, 3, 3, 3], [128, 64, 3, 3], [256, 128, 3, 3], [10, 256]);

    /// <summary>ResNet-18 for 32 × 32 images: 3 × 3 stem, no pooling after it, ten classes.</summary>
    public static ParameterLayout ResNet18()
    {
        var builder = new Builder();
        Convolution(builder, "conv1", 64, 3, 3, 1024, 0);
        int inputs = 64;
        int positions = 1024;
        for (int stage = 1; stage <= 4; stage++)
        {
            int outputs = 64 << (stage - 1);
            if (stage > 1)
                positions /= 4;
            for (int block = 0; block < 2; block++)
            {
                Convolution(builder, $"layer{stage}.{block}.conv1", outputs, inputs, 3, positions, stage);
                Convolution(builder, $"layer{stage}.{block}.conv2", outputs, outputs, 3, positions, stage);
                if (inputs != outputs)
                    Convolution(builder, $"layer{stage}.{block}.downsample.0", outputs, inputs, 1, positions, stage);
                inputs = outputs;
            }
        }

        builder.Add("fc.weight", ParameterKind.LinearWeight, [10, 512], 1, 4);
        builder.Add("fc.bias", ParameterKind.Bias, [10], 1, 4);
        return builder.Build();
    }

    /// <summary>VGG-11 with batch normalisation for 32 × 32 images and a single linear layer.</summary>
    public static ParameterLayout Vgg11()
    {
        var builder = new Builder();
        int[] outputs = [64, 128, 256, 256, 512, 512, 512, 512];
        int[] positions = [1024, 256, 64, 64, 16, 16, 4, 4];
        int inputs = 3;
        for (int i = 0; i < outputs.Length; i++)
        {
            Convolution(builder, $"features.{i}", outputs[i], inputs, 3, positions[i], i / 2);
            builder.Add($"features.{i}.bias", ParameterKind.Bias, [outputs[i]], positions[i], i / 2);
            inputs = outputs[i];
        }

        builder.Add("classifier.weight", ParameterKind.LinearWeight, [10, 512], 1, 4);
        builder.Add("classifier.bias", ParameterKind.Bias, [10], 1, 4);
        return builder.Build();
    }

    /// <summary>A mask with the given kept counts, the first positions of each tensor.</summary>
    public static Mask FirstKept(ParameterLayout layout, IReadOnlyList<int> counts) =>
        new(layout, [.. layout.Tensors.Select((t, i) => t.IsPrunable ? BitSet.FromPositions(t.Count, [.. Enumerable.Range(0, counts[i])]) : null)]);

    /// <summary>Kept counts of the prunable tensors only.</summary>
    public static int[] Prunable(this int[] counts, ParameterLayout layout) => [.. counts.Where((_, i) => layout.Tensors[i].IsPrunable)];

    /// <summary>Normal values, keyed.</summary>
    public static float[] Normal(int count, ulong seed)
    {
        var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.Synthetic));
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (float)random.NextNormal();
        return values;
    }

    private static void Convolution(Builder builder, string name, int outputs, int inputs, int kernel, int positions, int block)
    {
        builder.Add(name + ".weight", ParameterKind.ConvolutionWeight, [outputs, inputs, kernel, kernel], positions, block);
        builder.Add(name + ".norm.weight", ParameterKind.NormalizationScale, [outputs], positions, block);
        builder.Add(name + ".norm.bias", ParameterKind.NormalizationShift, [outputs], positions, block);
    }

    private sealed class Builder
    {
        private readonly List<ParameterTensor> tensors = [];
        private int offset;

        public void Add(string name, ParameterKind kind, int[] shape, int positions, int block)
        {
            var tensor = new ParameterTensor(name, kind, [.. shape], offset, positions, block);
            tensors.Add(tensor);
            offset += tensor.Count;
        }

        public ParameterLayout Build() => new(tensors);
    }
}
