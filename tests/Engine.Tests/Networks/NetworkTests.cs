using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Engine.Tests.Reference;
using Xunit;

namespace Federated.Engine.Tests.Networks;

public sealed class NetworkTests
{
    private static readonly RandomKey Key = new(7, RandomPurpose.Dropout, Round: 3, Client: 5, Step: 11);

    public static TheoryData<string, int, double, ForwardMode> Cases()
    {
        var cases = new TheoryData<string, int, double, ForwardMode>();
        foreach (string name in Plans.Names)
        {
            cases.Add(name, 16, 1, ForwardMode.Train);
            cases.Add(name, 19, 0.4, ForwardMode.Train);
            cases.Add(name, 5, 0.4, ForwardMode.Recalibrate);
            cases.Add(name, 33, 0.4, ForwardMode.Evaluate);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_AgreesWithTheReferenceInDoublePrecision(string name, int count, double density, ForwardMode mode)
    {
        NetworkPlan plan = Plans.Create(name);
        using var network = new Network(plan, maximumBatch: 33);
        Mask mask = Plans.RandomMask(plan, density, seed: 1);
        float[] dense = Plans.Values(plan, seed: 2);
        float[] images = Plans.Normals(count * plan.InputCount, seed: 3);
        int[] labels = [.. Enumerable.Range(0, count).Select(static i => i * 7 % 5)];
        network.SetMask(mask);
        // Another client's step first: nothing of it may shine through.
        Load(network, dense, Plans.Normals(33 * plan.InputCount, seed: 4, deviation: 10));
        network.Forward(ForwardMode.Recalibrate, 33, Key with { Client = 6 });
        network.Loss(new int[33]);
        network.Backward();

        Load(network, dense, images);
        network.Forward(mode, count, Key);
        LossResult loss = network.Loss(labels, labelSmoothing: 0.1f);
        network.Backward();

        float[] masked = new float[plan.Parameters.Count];
        mask.Scatter(network.Values, masked);
        double[] statistics = [.. Federated.Engine.Models.Initialization.Statistics(plan).Select(static v => (double)v)];
        var reference = new ReferenceNetwork(plan, [.. masked.Select(static v => (double)v)], statistics, mode, Key);
        reference.Forward(new ReferenceTensor(new ReferenceShape(count, 3, 8, 8), [.. images.Select(static v => (double)v)]));
        double expectedLoss = reference.LossAndBackward(labels, (double)0.1f);

        AssertClose(reference.Logits.Values, Logits(network, count), 2e-5);
        Assert.Equal(expectedLoss, loss.LossSum / count, 1e-5);
        float[] expected = new float[mask.Count];
        mask.Gather([.. reference.Gradient.Select(static v => (float)v)], expected);
        AssertClose([.. expected.Select(static v => (double)v)], network.Gradients.ToArray(), 1e-4);
        AssertClose(statistics, network.Statistics.ToArray(), 1e-5);
    }

    private static void Load(Network network, float[] dense, float[] images)
    {
        network.Mask.Gather(dense, network.Values);
        for (int i = 0; i < images.Length / network.Plan.InputCount; i++)
            network.SetImage(i, images.AsSpan(i * network.Plan.InputCount, network.Plan.InputCount));
    }

    private static float[] Logits(Network network, int count)
    {
        float[] logits = new float[count * network.Plan.Classes];
        for (int i = 0; i < count; i++)
            network.CopyLogits(i, logits.AsSpan(i * network.Plan.Classes, network.Plan.Classes));
        return logits;
    }

    /// <summary>The largest difference, relative to the largest value.</summary>
    private static void AssertClose(double[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        if (expected.Length == 0)
            return;
        double scale = Math.Max(1e-3, expected.Max(Math.Abs));
        Assert.All(actual, static a => Assert.True(float.IsFinite(a)));
        double worst = expected.Zip(actual, static (e, a) => Math.Abs(e - a)).Max();
        Assert.True(worst <= tolerance * scale, $"off by {worst / scale:g3} of {scale:g3}");
    }
}
