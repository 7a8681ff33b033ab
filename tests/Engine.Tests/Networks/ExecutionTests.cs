using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Xunit;

namespace Federated.Engine.Tests.Networks;

/// <summary>Stages, groups of blocks and threads: they decide when something is computed and where it lies, never what.</summary>
public sealed class ExecutionTests
{
    private const int Batch = 70; // five blocks, the last with six images

    [Theory]
    [InlineData("residual")]
    [InlineData("branches")]
    [InlineData("groups")]
    [InlineData("pools")]
    [InlineData("plain")]
    [InlineData("shared")]
    [InlineData("attention")]
    [InlineData("transformer")]
    [InlineData("tokens")]
    public void Training_GivesTheSameBitsWithAnyNumberOfThreads(string name)
    {
        NetworkPlan plan = Plans.Create(name);
        (float[] values, float[] statistics, float[] probed) = Train(plan, threads: 1);
        foreach (int threads in (int[])[2, 3, 7])
        {
            (float[] others, float[] otherStatistics, float[] otherProbed) = Train(plan, threads);
            Assert.Equal(values, others);
            Assert.Equal(statistics, otherStatistics);
            Assert.Equal(probed, otherProbed);
        }
    }

    [Fact]
    public void Probe_OfABatchOfSeveralGroups_FindsTheLargestOfTheDenseGradient()
    {
        NetworkPlan plan = Plans.Create("residual");
        Mask mask = Plans.RandomMask(plan, 0.1, seed: 4);
        using var sparse = Loaded(plan, mask, threads: 2);
        using var dense = Loaded(plan, Mask.Dense(plan.Parameters), threads: 1);
        float[] scattered = new float[plan.Parameters.Count];
        mask.Scatter(sparse.Values, scattered);
        scattered.CopyTo(dense.Values);
        int tensor = Enumerable.Range(0, plan.Parameters.Tensors.Length).Last(i => plan.Parameters.Tensors[i].Kind == ParameterKind.ConvolutionWeight);
        var probe = new GradientProbe();
        probe.Request(tensor, 5);
        Pass(sparse, probe);
        Pass(dense, null);
        ParameterTensor weights = plan.Parameters.Tensors[tensor];
        ReadOnlySpan<float> gradient = dense.Gradients.Slice(dense.Mask.CompactOffset(tensor), weights.Count);
        var all = new TopGradients(5);
        for (int i = 0; i < weights.Count; i++)
        {
            if (!mask[tensor]![i])
                all.Offer(i, gradient[i]);
        }

        (int[] expected, float[] expectedValues) = all.ToSorted();
        (int[] found, float[] values) = probe[tensor]!.ToSorted();
        Assert.Equal(expected, found);
        for (int i = 0; i < values.Length; i++)
            Assert.Equal(expectedValues[i], values[i], 1e-5f);
    }

    [Theory]
    [InlineData("residual", 0.02)]
    [InlineData("residual", 0.3)]
    [InlineData("shared", 0.02)]
    [InlineData("plain", 0.1)]
    public void Step_AfterAClientThatDiverged_IsAsInANewNetwork(string name, double density)
    {
        NetworkPlan plan = Plans.Create(name);
        using Network used = Loaded(plan, Mask.Dense(plan.Parameters), threads: 1);
        used.Values.Fill(float.NaN);
        Pass(used, null);
        Assert.Contains(used.Gradients.ToArray(), float.IsNaN);
        Mask mask = Plans.RandomMask(plan, density, seed: 8);
        Load(used, mask);
        using Network fresh = Loaded(plan, mask, threads: 1);
        Pass(used, null);
        Pass(fresh, null);
        Assert.Equal(fresh.Gradients.ToArray(), used.Gradients.ToArray());
        Assert.DoesNotContain(used.Gradients.ToArray(), float.IsNaN);
    }

    [Fact]
    public void Stages_OfAResidualNetwork_ApplyANormalizationWhereItsReaderIs()
    {
        NetworkPlan plan = ModelCatalog.Create("resnet-18", new(3, 32, 32, 10));
        Schedule schedule = plan.Buffers.Schedule;
        string[] StepsOf(IEnumerable<ScheduledStep> steps) => [.. steps.Select(step => $"{step.Kind} {plan.Operations[step.Operation].Name}")];
        Assert.Equal(["Forward conv1", "Measure bn1"], StepsOf(schedule.Stages[0].Forward));
        Assert.Equal(["Forward bn1", "Forward layer1.0.conv1", "Measure layer1.0.bn1"], StepsOf(schedule.Stages[1].Forward));
        Assert.Equal(["Forward layer1.0.bn1", "Forward layer1.0.conv2", "Measure layer1.0.bn2"], StepsOf(schedule.Stages[2].Forward));
        Assert.Equal(
            [
                "Backward layer1.0.bn2", "InputGradient layer1.0.conv2", "MeasureGradientAndRecompute layer1.0.bn1", "WeightGradient layer1.0.conv2",
            ],
            StepsOf(schedule.Stages[2].Backward));
        // One stage per normalisation of the main path, and the first: the shortcuts' are applied together with the block's last.
        Assert.Equal(1 + 17, schedule.Stages.Length);
        // Maps of 4×4 pixels go in pairs of blocks, the classifier's of one pixel all together.
        Assert.Equal([.. Enumerable.Repeat(1, 13), 2, 2, 2, 2, 32], schedule.Stages.Select(static stage => stage.BlocksPerGroup));
    }

    [Fact]
    public void Stages_OfSmallMaps_TakeSeveralBlocksAtATime()
    {
        NetworkPlan plan = ModelCatalog.Create("mobilenet-v1", new(3, 32, 32, 10));
        // A group has 32 pixels at least: two blocks of the 4×4 maps, eight of the last 2×2 ones. The classifier's map is one pixel.
        Assert.Equal([1, 2, 8, 32], plan.Buffers.Schedule.Stages.Select(static stage => stage.BlocksPerGroup).Distinct().Order());
        Stage eight = plan.Buffers.Schedule.Stages.First(static stage => stage.BlocksPerGroup == 8);
        Assert.Equal((8, 2), (eight.GroupOf(9), eight.GroupsOf(9)));
        Assert.Equal((3, 1), (eight.GroupOf(3), eight.GroupsOf(3)));
    }

    [Fact]
    public void Team_ThrowsWhatAThreadThrew_AndWorksOn()
    {
        using var team = new StepTeam(3);
        int[] calls = new int[3];
        AggregateException thrown = Assert.Throws<AggregateException>(() => team.Run(static number =>
        {
            if (number == 2)
                throw new InvalidOperationException("the third");
        }));
        Assert.Equal("the third", thrown.InnerException!.Message);
        for (int i = 0; i < 100; i++)
            team.Run(number => Interlocked.Increment(ref calls[number]));
        Assert.Equal([100, 100, 100], calls);
    }

    private static (float[] Values, float[] Statistics, float[] Probed) Train(NetworkPlan plan, int threads)
    {
        using Network network = Loaded(plan, Plans.RandomMask(plan, 0.3, seed: 1), threads);
        var optimizer = new Sgd(momentum: 0.9f);
        optimizer.Reset(network.Mask.Count);
        int tensor = Enumerable.Range(0, plan.Parameters.Tensors.Length).First(i => plan.Parameters.Tensors[i].IsPrunable);
        var probe = new GradientProbe();
        probe.Request(tensor, 7);
        for (int i = 0; i < 3; i++)
        {
            Pass(network, i == 1 ? probe : null);
            optimizer.Step(network.Values, network.Gradients, 0.1f);
        }

        return (network.Values.ToArray(), network.Statistics.ToArray(), probe[tensor]!.ToSorted().Values);
    }

    private static Network Loaded(NetworkPlan plan, Mask mask, int threads)
    {
        var network = new Network(plan, Batch, threads: threads);
        Load(network, mask);
        return network;
    }

    private static void Load(Network network, Mask mask)
    {
        NetworkPlan plan = network.Plan;
        network.SetMask(mask);
        mask.Gather(Plans.Values(plan, seed: 2), network.Values);
        Initialization.Statistics(plan).CopyTo(network.Statistics);
        float[] images = Plans.Normals(Batch * plan.InputCount, seed: 3);
        for (int i = 0; i < Batch; i++)
            network.SetImage(i, images.AsSpan(i * plan.InputCount, plan.InputCount));
    }

    private static void Pass(Network network, GradientProbe? probe)
    {
        network.Forward(ForwardMode.Train, Batch, new RandomKey(1, RandomPurpose.Dropout));
        network.Loss([.. Enumerable.Range(0, Batch).Select(static i => i % 5)]);
        network.Backward(probe);
    }
}
