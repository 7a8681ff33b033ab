using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;

namespace Federated.Engine.Tests.Networks;

/// <summary>Small networks that together use every layer and every way of sharing memory, and keyed inputs for them.</summary>
internal static class Plans
{
    public static readonly string[] Names = ["residual", "branches", "groups", "pools", "plain", "shared", "image-residual", "attention", "transformer", "tokens"];

    private static readonly TransformerShape Small = new(Depth: 2, Dimension: 12, Heads: 3, Patch: 4, Dropout: 0.1);

    public static NetworkPlan Create(string name)
    {
        bool square = name is "residual" or "branches" or "shared" or "tokens";
        var b = new NetworkBuilder(name, channels: 3, height: name is "attention" ? 1 : square ? 8 : 9, width: square ? 8 : 7);
        return name switch
        {
            "residual" => Residual(b),
            "branches" => Branches(b),
            "groups" => Groups(b),
            "pools" => Pools(b),
            "plain" => Plain(b),
            "shared" => Shared(b),
            "image-residual" => ImageResidual(b),
            "attention" => Attention(b),
            "transformer" => VisionTransformers.Create(name, new ModelInput(3, 8, 12, 5), Small, ModelExtras.None),
            "tokens" => Tokens(b),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such plan"),
        };
    }

    public static Mask RandomMask(NetworkPlan plan, double density, ulong seed)
    {
        var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.PruningScore));
        var sets = new BitSet?[plan.Parameters.Tensors.Length];
        for (int i = 0; i < sets.Length; i++)
        {
            ParameterTensor tensor = plan.Parameters.Tensors[i];
            if (!tensor.IsPrunable)
                continue;
            var positions = new List<int>();
            for (int p = 0; p < tensor.Count; p++)
            {
                if (random.NextDouble() < density)
                    positions.Add(p);
            }

            sets[i] = BitSet.FromPositions(tensor.Count, positions.ToArray());
        }

        return new Mask(plan.Parameters, sets);
    }

    public static float[] Normals(int count, ulong seed, double deviation = 1)
    {
        var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.Synthetic));
        return [.. Enumerable.Range(0, count).Select(_ => (float)(deviation * random.NextNormal()))];
    }

    /// <summary>Values around 0, normalisation scales around 1.</summary>
    public static float[] Values(NetworkPlan plan, ulong seed)
    {
        float[] values = Normals(plan.Parameters.Count, seed, 0.3);
        foreach (ParameterTensor tensor in plan.Parameters.Tensors.Where(static t => t.Kind == ParameterKind.NormalizationScale))
        {
            for (int i = 0; i < tensor.Count; i++)
                values[tensor.Offset + i] += 1;
        }

        return values;
    }

    private static NetworkPlan Residual(NetworkBuilder b)
    {
        NetworkValue x = b.BatchNorm("bn1", b.Convolution("conv1", b.Input, 6, kernel: 3, padding: 1), relu: true);
        NetworkValue y = b.BatchNorm("a.bn1", b.Convolution("a.conv1", x, 6, kernel: 3, padding: 1), relu: true);
        x = b.BatchNorm("a.bn2", b.Convolution("a.conv2", y, 6, kernel: 3, padding: 1), relu: true, residual: x);
        NetworkValue shortcut = b.BatchNorm("b.downsample.1", b.Convolution("b.downsample.0", x, 10, kernel: 1, stride: 2));
        y = b.BatchNorm("b.bn1", b.Convolution("b.conv1", x, 10, kernel: 3, stride: 2, padding: 1), relu: true);
        x = b.BatchNorm("b.bn2", b.Convolution("b.conv2", y, 10, kernel: 3, padding: 1), relu: true, residual: shortcut);
        return b.Build(b.Linear("fc", b.GlobalAveragePool("pool", x), 5));
    }

    /// <summary>One value with four readers, residuals without ReLU, a residual that accumulates, additions whose operands share buffers.</summary>
    private static NetworkPlan Branches(NetworkBuilder b)
    {
        NetworkValue x = b.BatchNorm("bn1", b.Convolution("conv1", b.Input, 4, kernel: 3, padding: 1, bias: true));
        NetworkValue left = b.BatchNorm("left.bn", b.Convolution("left", x, 4, kernel: 3, padding: 1), residual: x);
        NetworkValue right = b.Relu("right.relu", x);
        NetworkValue sum = b.Add("sum", left, right);
        NetworkValue other = b.Add("other", x, sum);
        NetworkValue masked = b.BatchNorm("masked", sum, relu: true, residual: other);
        NetworkValue all = b.Add("all", b.Add("pair", masked, x), other);
        return b.Build(b.Linear("fc", all, 5));
    }

    private static NetworkPlan Groups(NetworkBuilder b)
    {
        NetworkValue x = b.Convolution("conv1", b.Input, 6, kernel: 5, stride: 2, padding: 2);
        x = b.Relu("relu1", b.GroupNorm("gn1", x, groups: 3));
        NetworkValue y = b.GroupNorm("gn2", b.Convolution("depthwise", x, 6, kernel: 3, padding: 1, groups: 6), groups: 1);
        x = b.Relu("relu2", b.Add("add", y, x));
        return b.Build(b.Linear("fc", x, 5));
    }

    private static NetworkPlan Pools(NetworkBuilder b)
    {
        NetworkValue x = b.Relu("relu1", b.Convolution("conv1", b.Input, 5, kernel: 2, bias: true));
        NetworkValue y = b.MaxPool("overlapping", x, kernel: 3, stride: 2, padding: 1);
        NetworkValue z = b.AdaptiveAveragePool("enlarge", b.AveragePool("average", x, kernel: 3), y.Height, y.Width);
        x = b.MaxPool("odd", b.Add("add", y, z), kernel: 3);
        return b.Build(b.Linear("fc", x, 5));
    }

    private static NetworkPlan Plain(NetworkBuilder b)
    {
        NetworkValue x = b.Relu("relu1", b.Convolution("conv1", b.Input, 6, kernel: 3, bias: true));
        x = b.Dropout("dropout1", b.MaxPool("pool1", x, kernel: 2), 0.25);
        x = b.Dropout("dropout2", b.Relu("relu2", b.Linear("fc1", x, 12)), 0.5);
        return b.Build(b.Linear("fc2", x, 5));
    }

    /// <summary>Dropout and ReLU on a value with several readers must not work in place.</summary>
    private static NetworkPlan Shared(NetworkBuilder b)
    {
        NetworkValue x = b.Convolution("conv1", b.Input, 4, kernel: 3, padding: 1);
        NetworkValue y = b.Add("sum", b.Relu("relu", x), b.Dropout("dropout", x, 0.4));
        y = b.BatchNorm("bn", y, relu: true, residual: x);
        y = b.Dropout("after", y, 0.3);
        return b.Build(b.GlobalAveragePool("pool", b.Convolution("conv2", y, 5, kernel: 1)));
    }

    /// <summary>Attention over seven tokens whose queries, keys and values are read by another layer too, then over two.</summary>
    private static NetworkPlan Attention(NetworkBuilder b)
    {
        NetworkValue qkv = b.Convolution("qkv", b.Input, 24, kernel: 1, bias: true);
        NetworkValue x = b.Add("add", b.MultiHeadAttention("attention", qkv, heads: 2), b.Convolution("other", qkv, 8, kernel: 1));
        x = b.AdaptiveAveragePool("pool", x, 1, 2);
        x = b.MultiHeadAttention("attention2", b.Convolution("qkv2", x, 15, kernel: 1), heads: 1);
        return b.Build(b.Linear("fc", x, 5));
    }

    /// <summary>Everything that a method adds to a transformer, and tokens that several layers read, so that no layer of theirs works in place.</summary>
    private static NetworkPlan Tokens(NetworkBuilder b)
    {
        NetworkValue x = b.EmbedTokens("tokens", b.PatchEmbedding("patches", b.Input, 6, side: 2), prompts: 2);
        NetworkValue y = b.LayerNorm("norm1", x);
        y = b.LowRankUpdate("low rank", y, b.TokenLinear("linear1", y, 6), rank: 2, alpha: 3);
        x = b.Add("add1", x, b.Dropout("dropout", b.Gelu("gelu", y), 0.3));
        y = b.ReplacePrompts("prompts2", x, prompts: 2);
        x = b.Add("add2", b.LayerNorm("norm2", x), b.Gelu("gelu2", y));
        x = b.Add("add3", b.ReplacePrompts("prompts3", x, prompts: 3), y, factor: -0.5);
        NetworkValue last = b.Add("add4", b.SelectToken("last", x, token: 18), b.SelectToken("class", x));
        return b.Build(b.Linear("head", last, 5));
    }

    private static NetworkPlan ImageResidual(NetworkBuilder b)
    {
        NetworkValue x = b.BatchNorm("bn0", b.Input);
        x = b.BatchNorm("bn1", b.Convolution("conv1", x, 3, kernel: 3, padding: 1), relu: true, residual: b.Input);
        return b.Build(b.Linear("fc", x, 5));
    }
}
