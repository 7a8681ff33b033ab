using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Engine.Tests.Networks;
using Xunit;

namespace Federated.Engine.Tests.Reference;

/// <summary>Networks put together at random against the double-precision reference: combinations of layers, shapes and shared values nobody thought of.</summary>
public sealed class RandomNetworkTests
{
    private const int Networks = 100;
    private const int Classes = 6;

    /// <summary>
    /// Single precision rounds to 6·10⁻⁸; a few layers make 10⁻⁶ of it. In few networks a sparse mask leaves a channel nearly constant, which normalisation
    /// blows up, or a ReLU's input is within rounding of zero and falls to the other side: not wrong, but gradients move by more.
    /// </summary>
    [Fact]
    public void RandomNetworks_AgreeWithTheReference()
    {
        double[] errors = new double[Networks];
        for (int seed = 0; seed < Networks; seed++)
        {
            var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic, Round: 5));
            NetworkPlan plan = RandomPlan(ref random);
            int batch = ((int[])[5, 16, 19])[random.Next(3)];
            double density = ((double[])[1, 0.3, 0.02])[random.Next(3)];
            VectorWidth width = Enum.GetValues<VectorWidth>()[random.Next(3)];
            errors[seed] = LargestError(plan, batch, density, width, seed);
            Assert.True(errors[seed] < 0.03, $"network {seed} ({string.Join(", ", plan.Operations.Select(static o => o.Name))}), batch {batch}, density {density}: off by {errors[seed]:G3}");
        }

        Assert.InRange(errors.Count(static e => e > 2e-5), 0, Networks / 10);
    }

    private static double LargestError(NetworkPlan plan, int batch, double density, VectorWidth width, int seed)
    {
        var key = new RandomKey((ulong)seed, RandomPurpose.Dropout);
        using var network = new Network(plan, batch, width);
        Mask mask = Plans.RandomMask(plan, density, (ulong)seed);
        float[] dense = Plans.Values(plan, (ulong)seed + 1000);
        float[] images = Plans.Normals(batch * plan.InputCount, (ulong)seed + 2000);
        int[] labels = [.. Enumerable.Range(0, batch).Select(static i => i * 5 % Classes)];
        network.SetMask(mask);
        mask.Gather(dense, network.Values);
        for (int i = 0; i < batch; i++)
            network.SetImage(i, images.AsSpan(i * plan.InputCount, plan.InputCount));
        network.Forward(ForwardMode.Train, batch, key);
        double loss = network.Loss(labels).LossSum / batch;
        network.Backward();

        mask.Scatter(network.Values, dense);
        double[] statistics = [.. Engine.Models.Initialization.Statistics(plan).Select(static v => (double)v)];
        var reference = new ReferenceNetwork(plan, [.. dense.Select(static v => (double)v)], statistics, ForwardMode.Train, key);
        reference.Forward(new ReferenceTensor(new ReferenceShape(batch, plan.InputChannels, plan.InputHeight, plan.InputWidth), [.. images.Select(static v => (double)v)]));
        double expectedLoss = reference.LossAndBackward(labels, 0);

        float[] expected = new float[mask.Count];
        mask.Gather([.. reference.Gradient.Select(static v => (float)v)], expected);
        return Math.Max(
            Math.Abs(loss - expectedLoss) / expectedLoss,
            Math.Max(Distance(expected, network.Gradients), Distance([.. statistics.Select(static v => (float)v)], network.Statistics)));
    }

    /// <summary>Euclidean distance relative to the expected vector's length.</summary>
    private static double Distance(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double squares = 0;
        double size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            squares += (expected[i] - actual[i]) * (double)(expected[i] - actual[i]);
            size += expected[i] * (double)expected[i];
        }

        return squares == 0 ? 0 : Math.Sqrt(squares / size);
    }

    private static NetworkPlan RandomPlan(ref KeyedRandom random)
    {
        var builder = new NetworkBuilder("random", 1 + random.Next(3), 4 + random.Next(7), 4 + random.Next(7));
        NetworkValue x = builder.Input;
        var earlier = new List<NetworkValue>();
        int layers = 2 + random.Next(5);
        for (int layer = 0; layer < layers; layer++)
        {
            earlier.Add(x);
            x = RandomLayer(builder, x, earlier, $"{layer}", ref random);
        }

        return builder.Build(builder.Linear("linear", x, Classes));
    }

    private static NetworkValue RandomLayer(NetworkBuilder builder, NetworkValue x, List<NetworkValue> earlier, string number, ref KeyedRandom random)
    {
        int side = Math.Min(x.Height, x.Width);
        switch (random.Next(12))
        {
            case 0 or 1 or 2:
                int kernel = 1 + random.Next(Math.Min(5, side));
                int groups = random.Next(3) == 0 ? x.Channels : 1;
                return builder.Convolution($"convolution {number}", x, groups * (1 + random.Next(groups > 1 ? 2 : 9)), kernel, 1 + random.Next(2), random.Next(kernel), groups, random.Next(2) == 0);
            case 3 or 4:
                NetworkValue[] alike = [.. earlier.Where(v => v != x && v.Channels == x.Channels && v.Height == x.Height && v.Width == x.Width)];
                NetworkValue? residual = alike.Length > 0 && random.Next(3) > 0 ? alike[random.Next(alike.Length)] : null;
                return builder.BatchNorm($"batch norm {number}", x, random.Next(2) == 0, residual);
            case 5:
                return builder.GroupNorm($"group norm {number}", x, random.Next(2) == 0 ? 1 : x.Channels);
            case 10:
                return x.Channels > 2 ? builder.LayerNorm($"layer norm {number}", x) : builder.Gelu($"gelu {number}", x);
            case 11:
                return builder.Gelu($"gelu {number}", x);
            case 6:
                NetworkValue relu = builder.Relu($"relu {number}", x);
                return random.Next(2) == 0 ? relu : builder.Add($"add {number}", relu, x);
            case 7:
                return builder.Dropout($"dropout {number}", x, 0.3);
            case 8 when side >= 3:
                return builder.MaxPool($"max pool {number}", x, 2 + random.Next(2), 1 + random.Next(2), random.Next(2));
            default:
                return random.Next(2) == 0 && side >= 2 ? builder.AveragePool($"average pool {number}", x, 2) : builder.AdaptiveAveragePool($"adaptive pool {number}", x, 1 + random.Next(5), 1 + random.Next(5));
        }
    }
}
