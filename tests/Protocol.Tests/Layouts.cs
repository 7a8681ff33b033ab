using System.Collections.Immutable;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;

namespace Federated.Protocol.Tests;

/// <summary>Small layouts and random masks for the tests.</summary>
internal static class Layouts
{
    /// <summary>Two convolutions, a scale and a linear layer: 216 + 8 + 1152 + 10 + 640 values in tensors 0…4.</summary>
    public static ParameterLayout Small { get; } = Build(
        ("conv1.weight", ParameterKind.ConvolutionWeight, [8, 3, 3, 3]),
        ("bn1.weight", ParameterKind.NormalizationScale, [8]),
        ("conv2.weight", ParameterKind.ConvolutionWeight, [16, 8, 3, 3]),
        ("fc.bias", ParameterKind.Bias, [10]),
        ("fc.weight", ParameterKind.LinearWeight, [10, 64]));

    public static ParameterLayout Build(params (string Name, ParameterKind Kind, ImmutableArray<int> Shape)[] tensors)
    {
        int offset = 0;
        var built = new List<ParameterTensor>();
        foreach ((string name, ParameterKind kind, ImmutableArray<int> shape) in tensors)
        {
            built.Add(new ParameterTensor(name, kind, shape, offset, 1, 0));
            offset += built[^1].Count;
        }

        return new ParameterLayout(built);
    }

    public static Mask RandomMask(ParameterLayout layout, ulong seed, double density)
    {
        var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.Synthetic));
        var sets = new BitSet?[layout.Tensors.Length];
        for (int i = 0; i < sets.Length; i++)
        {
            if (layout.Tensors[i].IsPrunable)
                sets[i] = RandomSet(ref random, layout.Tensors[i].Count, (int)(density * layout.Tensors[i].Count));
        }

        return new Mask(layout, sets);
    }

    /// <summary>A uniformly random set of exactly <paramref name="count"/> positions (Vitter's selection sampling).</summary>
    public static BitSet RandomSet(ref KeyedRandom random, int length, int count)
    {
        ulong[] words = new ulong[BitSet.WordCount(length)];
        int wanted = count;
        for (int position = 0; position < length && wanted > 0; position++)
        {
            if (random.Next(length - position) >= wanted)
                continue;
            words[position >> 6] |= 1UL << (position & 63);
            wanted--;
        }

        return BitSet.FromWords(length, words);
    }

    public static float[] RandomValues(int count, ulong seed)
    {
        var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.Synthetic, Step: 1));
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (float)random.NextNormal();
        return values;
    }
}
