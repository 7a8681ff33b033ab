using Federated.Engine.Models;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;

namespace Federated.Pruning.Tests;

/// <summary>Layouts that tests share.</summary>
internal static class Layouts
{
    private static readonly ModelInput Cifar10 = new(3, 32, 32, 10);

    /// <summary>Only prunable tensors of the given shapes; four dimensions are a convolution, two a linear layer; one block each.</summary>
    public static ParameterLayout Of(params int[][] shapes)
    {
        var tensors = new List<ParameterTensor>();
        int offset = 0;
        for (int i = 0; i < shapes.Length; i++)
        {
            ParameterKind kind = shapes[i].Length == 4 ? ParameterKind.ConvolutionWeight : ParameterKind.LinearWeight;
            tensors.Add(new ParameterTensor($"layer{i}", kind, [.. shapes[i]], offset, 1, i));
            offset += tensors[i].Count;
        }

        return new ParameterLayout(tensors);
    }

    /// <summary>The four layers of the Erdős–Rényi golden values.</summary>
    public static ParameterLayout ErdosRenyiGolden() => Of([64, 3, 3, 3], [128, 64, 3, 3], [256, 128, 3, 3], [10, 256]);

    /// <summary>ResNet-18 for 32 × 32 images: 3 × 3 stem, no pooling after it, ten classes.</summary>
    public static ParameterLayout ResNet18() => ModelCatalog.Create("resnet-18", Cifar10).Parameters;

    /// <summary>VGG-11 with batch normalisation for 32 × 32 images and a single linear layer.</summary>
    public static ParameterLayout Vgg11() => ModelCatalog.Create("vgg-11", Cifar10).Parameters;

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
}
