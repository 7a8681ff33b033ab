using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
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
        reference.Forward(new ReferenceTensor(new ReferenceShape(count, plan.InputChannels, plan.InputHeight, plan.InputWidth), [.. images.Select(static v => (double)v)]));
        double expectedLoss = reference.LossAndBackward(labels, (double)0.1f);

        AssertClose(reference.Logits.Values, Logits(network, count), 2e-5);
        Assert.Equal(expectedLoss, loss.LossSum / count, 1e-5);
        float[] expected = new float[mask.Count];
        mask.Gather([.. reference.Gradient.Select(static v => (float)v)], expected);
        AssertClose([.. expected.Select(static v => (double)v)], network.Gradients.ToArray(), 1e-4);
        AssertClose(statistics, network.Statistics.ToArray(), 1e-5);
    }

    [Theory]
    [InlineData("residual")]
    [InlineData("plain")]
    [InlineData("groups")]
    [InlineData("attention")]
    [InlineData("transformer")]
    [InlineData("tokens")]
    public void ThreeSteps_GiveTheSameBitsForEveryVectorWidth(string name)
    {
        float[] widest = Train(name, VectorWidth.V512);
        Assert.Equal(widest, Train(name, VectorWidth.V256));
        Assert.Equal(widest, Train(name, VectorWidth.V128));
    }

    [Fact]
    public void Step_DoesNotDependOnTheMaximumBatchOrOnEarlierClients()
    {
        NetworkPlan plan = Plans.Create("residual");
        float[] dense = Plans.Values(plan, seed: 2);
        float[] images = Plans.Normals(11 * plan.InputCount, seed: 3);
        using var fresh = new Network(plan, maximumBatch: 11);
        Load(fresh, dense, images);
        Step(fresh, 11);
        using var used = new Network(plan, maximumBatch: 50);
        used.SetMask(Plans.RandomMask(plan, 0.2, seed: 9));
        Load(used, dense, Plans.Normals(50 * plan.InputCount, seed: 5, deviation: 100));
        Step(used, 50);
        used.SetMask(Mask.Dense(plan.Parameters));
        Load(used, dense, images);
        Step(used, 11);
        Assert.Equal(fresh.Gradients.ToArray(), used.Gradients.ToArray());
    }

    [Theory]
    [InlineData("residual")]
    [InlineData("plain")]
    [InlineData("groups")]
    [InlineData("pools")]
    [InlineData("attention")]
    [InlineData("transformer")]
    [InlineData("tokens")]
    public void Step_AllocatesNothing(string name)
    {
        NetworkPlan plan = Plans.Create(name);
        using var network = new Network(plan, maximumBatch: 20);
        network.SetMask(Plans.RandomMask(plan, 0.5, seed: 1));
        Load(network, Plans.Values(plan, seed: 2), Plans.Normals(20 * plan.InputCount, seed: 3));
        var optimizer = new Sgd(momentum: 0.9f, weightDecay: 1e-4f);
        optimizer.Reset(network.Mask.Count);
        int[] labels = new int[20];
        for (int i = 0; i < 2; i++)
            TrainOnce(network, optimizer, labels);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 3; i++)
            TrainOnce(network, optimizer, labels);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Recalibration_PoolsAllBatchesAsIfTheyWereOne()
    {
        NetworkPlan plan = Plans.Create("residual");
        float[] dense = Plans.Values(plan, seed: 2);
        float[] images = Plans.Normals(40 * plan.InputCount, seed: 3);
        using var network = new Network(plan, maximumBatch: 40);
        Load(network, dense, images);
        network.BeginRecalibration();
        network.Forward(ForwardMode.Recalibrate, 40);
        network.EndRecalibration();
        float[] together = network.Statistics.ToArray();

        // The first normalisation reads a linear function of the images, so its statistics over batches pool exactly; the deeper ones see
        // other batch statistics before them and do not.
        network.BeginRecalibration();
        foreach ((int start, int count) in new[] { (0, 7), (7, 1), (8, 32) })
        {
            Load(network, dense, images[(start * plan.InputCount)..((start + count) * plan.InputCount)]);
            network.Forward(ForwardMode.Recalibrate, count);
        }

        network.EndRecalibration();
        for (int i = 0; i < 12; i++)
            Assert.Equal(together[i], network.Statistics[i], 1e-5f);
    }

    [Fact]
    public void Recalibration_WithoutABatch_ChangesNothing()
    {
        NetworkPlan plan = Plans.Create("residual");
        using var network = new Network(plan, maximumBatch: 4);
        network.BeginRecalibration();
        network.EndRecalibration();
        Assert.Equal(Federated.Engine.Models.Initialization.Statistics(plan), network.Statistics.ToArray());
    }

    [Fact]
    public void SetMask_OfTheSameCoordinatesKeepsTheValues_OfOthersClearsThem()
    {
        NetworkPlan plan = Plans.Create("plain");
        using var network = new Network(plan, maximumBatch: 4);
        network.SetMask(Plans.RandomMask(plan, 0.5, seed: 1));
        network.Values.Fill(3);
        network.SetMask(Plans.RandomMask(plan, 0.5, seed: 1));
        Assert.Equal(3, network.Values[0]);
        network.SetMask(Plans.RandomMask(Plans.Create("plain"), 0.9, seed: 1));
        Assert.Equal(network.Mask.Count, network.Values.Length);
        Assert.All(network.Values.ToArray(), static v => Assert.Equal(0, v));
        Assert.Throws<ArgumentException>(() => network.SetMask(Mask.Dense(Plans.Create("residual").Parameters)));
    }

    [Fact]
    public void LogitsGradient_OfTheMeanLoss_GivesTheSameGradients()
    {
        NetworkPlan plan = Plans.Create("residual");
        using var network = new Network(plan, maximumBatch: 6);
        Load(network, Plans.Values(plan, seed: 2), Plans.Normals(6 * plan.InputCount, seed: 3));
        Step(network, 6);
        float[] expected = network.Gradients.ToArray();
        network.Forward(ForwardMode.Recalibrate, 6);
        var logits = new ReferenceTensor(new ReferenceShape(6, 5), [.. Logits(network, 6).Select(static v => (double)v)]);
        (_, ReferenceTensor gradient) = ReferenceSoftmaxCrossEntropy.Compute(logits, new int[6]);
        network.SetLogitsGradient([.. gradient.Values.Select(static v => (float)v)]);
        network.Backward();
        AssertClose([.. expected.Select(static v => (double)v)], network.Gradients.ToArray(), 1e-5);
    }

    [Fact]
    public void Backward_TellsTheLargestGradientsOfPrunedWeights()
    {
        NetworkPlan plan = Plans.Create("residual");
        float[] dense = Plans.Values(plan, seed: 2);
        float[] images = Plans.Normals(6 * plan.InputCount, seed: 3);
        Mask mask = Plans.RandomMask(plan, 0.3, seed: 1);
        using var sparse = new Network(plan, maximumBatch: 6);
        sparse.SetMask(mask);
        Load(sparse, dense, images);
        int tensor = plan.Parameters.IndexOf("a.conv2.weight");
        var probe = new GradientProbe();
        probe.Request(tensor, 20);
        sparse.Forward(ForwardMode.Train, 6);
        sparse.Loss(new int[6]);
        sparse.Backward(probe);

        // The same function with all weights present, the pruned ones zero, has the dense gradient.
        float[] zeroed = new float[dense.Length];
        mask.Scatter(sparse.Values, zeroed);
        using var full = new Network(plan, maximumBatch: 6);
        Load(full, zeroed, images);
        Step(full, 6);
        float[] gradient = full.Gradients.Slice(plan.Parameters.Tensors[tensor].Offset, plan.Parameters.Tensors[tensor].Count).ToArray();
        int[] expected = [.. Enumerable.Range(0, gradient.Length).Where(i => !mask[tensor]![i]).OrderByDescending(i => Math.Abs(gradient[i])).Take(20).Order()];
        Assert.Equal(expected, probe[tensor]!.ToSorted().Indices);
    }

    [Theory]
    [InlineData("residual", 0.1)]
    [InlineData("branches", 0.02)]
    [InlineData("residual", 0.05)]
    [InlineData("residual", 0.01)]
    public void Backward_TellsTheGradientsOfPrunedWeightsOfChannelsThatTheMaskCutsOff(string name, double density)
    {
        NetworkPlan plan = Plans.Create(name);
        float[] dense = Plans.Values(plan, seed: 2);
        float[] images = Plans.Normals(6 * plan.InputCount, seed: 3);
        Mask mask = Plans.RandomMask(plan, density, seed: 1);
        using var sparse = new Network(plan, maximumBatch: 6);
        sparse.SetMask(mask);
        Load(sparse, dense, images);
        float[] zeroed = new float[dense.Length];
        mask.Scatter(sparse.Values, zeroed);
        using var full = new Network(plan, maximumBatch: 6);
        Load(full, zeroed, images);
        Step(full, 6);
        for (int tensor = 0; tensor < plan.Parameters.Tensors.Length; tensor++)
        {
            ParameterTensor parameters = plan.Parameters.Tensors[tensor];
            if (mask[tensor] is not { } kept)
                continue;
            var probe = new GradientProbe();
            probe.Request(tensor, parameters.Count);
            sparse.Forward(ForwardMode.Train, 6);
            sparse.Loss(new int[6]);
            sparse.Backward(probe);
            (int[] indices, float[] values) = probe[tensor]!.ToSorted();
            Assert.Equal(Enumerable.Range(0, parameters.Count).Where(i => !kept[i]), indices);
            ReadOnlySpan<float> gradient = full.Gradients.Slice(parameters.Offset, parameters.Count);
            float largest = 0;
            foreach (float one in gradient)
                largest = Math.Max(largest, Math.Abs(one));
            for (int i = 0; i < indices.Length; i++)
                Assert.True(Math.Abs(gradient[indices[i]] - values[i]) <= 1e-4 * largest, $"{parameters.Name}[{indices[i]}]: {values[i]}, expected {gradient[indices[i]]}");
        }
    }

    [Theory]
    [InlineData("residual")]
    [InlineData("branches")]
    [InlineData("plain")]
    [InlineData("image-residual")]
    public void Passes_WithChannelsCutOff_DoNotSeeWhatAnotherMaskLeftInMemory(string name)
    {
        // What no weight writes or reads is not computed: its memory still holds the numbers of the dense passes before.
        NetworkPlan plan = Plans.Create(name);
        float[] dense = Plans.Values(plan, seed: 2);
        float[] images = Plans.Normals(20 * plan.InputCount, seed: 3);
        foreach (double density in new[] { 0.08, 0.02, 0 })
        {
            Mask mask = Plans.RandomMask(plan, density, seed: 4);
            using var fresh = new Network(plan, maximumBatch: 20);
            fresh.SetMask(mask);
            Load(fresh, dense, images);
            Step(fresh, 20);

            using var used = new Network(plan, maximumBatch: 20);
            Load(used, dense, images);
            Step(used, 20);
            used.SetMask(mask);
            Load(used, dense, images);
            fresh.Statistics.CopyTo(used.Statistics);
            Step(used, 20);
            Assert.Equal(fresh.Gradients.ToArray(), used.Gradients.ToArray());
            Assert.Equal(Logits(fresh, 20), Logits(used, 20));
        }
    }

    [Fact]
    public void Calls_OutOfOrderOrOutOfRange_AreRefused()
    {
        NetworkPlan plan = Plans.Create("plain");
        var network = new Network(plan, maximumBatch: 4);
        Assert.Throws<InvalidOperationException>(() => network.Loss([0]));
        Assert.Throws<InvalidOperationException>(() => network.Backward());
        Assert.Throws<ArgumentOutOfRangeException>(() => network.Forward(ForwardMode.Train, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => network.Forward(ForwardMode.Train, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => network.SetImage(4, new float[plan.InputCount]));
        Assert.Throws<ArgumentException>(() => network.SetImage(0, new float[5]));
        network.Forward(ForwardMode.Train, 2);
        Assert.Throws<InvalidOperationException>(() => network.Backward());
        Assert.Throws<ArgumentException>(() => network.Loss([0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => network.Loss([0, 5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => network.Loss([0, 1], labelSmoothing: 1.5f));
        Assert.Throws<ArgumentOutOfRangeException>(() => network.CopyLogits(2, new float[5]));
        network.Loss([0, 1]);
        network.Backward();
        Assert.Throws<InvalidOperationException>(() => network.Backward());
        network.Dispose();
        Assert.Throws<ObjectDisposedException>(() => network.Forward(ForwardMode.Train, 2));
    }

    private static float[] Train(string name, VectorWidth width)
    {
        NetworkPlan plan = Plans.Create(name);
        using var network = new Network(plan, maximumBatch: 21, width);
        network.SetMask(Plans.RandomMask(plan, 0.4, seed: 1));
        Load(network, Plans.Values(plan, seed: 2), Plans.Normals(21 * plan.InputCount, seed: 3));
        var optimizer = new Sgd(momentum: 0.9f, weightDecay: 1e-4f);
        optimizer.Reset(network.Mask.Count);
        int[] labels = [.. Enumerable.Range(0, 21).Select(static i => i % 5)];
        for (int i = 0; i < 3; i++)
            TrainOnce(network, optimizer, labels);
        return network.Values.ToArray();
    }

    private static void TrainOnce(Network network, Sgd optimizer, int[] labels)
    {
        network.Forward(ForwardMode.Train, labels.Length, Key);
        network.Loss(labels, labelSmoothing: 0.1f);
        network.Backward();
        optimizer.Step(network.Values, network.Gradients, 0.1f);
    }

    private static void Step(Network network, int count)
    {
        network.Forward(ForwardMode.Train, count, Key);
        network.Loss(new int[count]);
        network.Backward();
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
