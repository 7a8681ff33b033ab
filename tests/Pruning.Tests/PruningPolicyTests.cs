using Federated.Engine.Parameters;
using Federated.Pruning.Distributions;
using Federated.Pruning.Granularity;
using Federated.Pruning.Scores;
using Xunit;

namespace Federated.Pruning.Tests;

public sealed class PruningPolicyTests
{
    [Fact]
    public void LayerwiseMagnitude_ByHand()
    {
        ParameterLayout layout = Layouts.Of([1, 4], [1, 4]);
        var policy = new PruningPolicy(new MagnitudeScore(), new UniformDistribution(), new WeightGranularity());
        Mask mask = policy.Prune(new ScoreInput(layout, [5, -6, 7, -8, 0.1f, -0.4f, 0.3f, 0.2f]), 0.5);
        Assert.Equal([2, 3], mask[0]!.ToPositions());
        Assert.Equal([1, 2], mask[1]!.ToPositions());
    }

    [Fact]
    public void GlobalMagnitude_ByHand()
    {
        ParameterLayout layout = Layouts.Of([1, 4], [1, 4]);
        var policy = new PruningPolicy(new MagnitudeScore(), new GlobalDistribution(), new WeightGranularity());
        Mask mask = policy.Prune(new ScoreInput(layout, [5, -6, 7, -8, 0.1f, -0.4f, 0.3f, 0.2f]), 0.5);
        Assert.Equal([1, 2, 3], mask[0]!.ToPositions());
        Assert.Equal([1], mask[1]!.ToPositions());
    }

    [Fact]
    public void EveryProductOfAxes_MeetsTheBudgetOnARealModel()
    {
        ParameterLayout layout = Layouts.ResNet18();
        float[] values = new float[layout.Count];
        new RandomScore(1).Compute(new ScoreInput(layout, values), values);
        foreach (IDistribution distribution in new IDistribution[] { new UniformDistribution(DenseLayers.First), new ErdosRenyiDistribution(), new GlobalDistribution(minimumFraction: 0.001) })
        {
            Mask mask = new PruningPolicy(new MagnitudeScore(), distribution, new WeightGranularity()).Prune(new ScoreInput(layout, values), 0.01);
            Assert.Equal(111_644, mask.PrunableKept);
        }
    }

    [Fact]
    public void DensityOne_IsTheDenseMask()
    {
        ParameterLayout layout = Layouts.Of([3, 4], [2, 3]);
        Mask mask = new PruningPolicy(new RandomScore(0), new ErdosRenyiDistribution(), new WeightGranularity()).Prune(new ScoreInput(layout, new float[18]), 1);
        Assert.Equal(Mask.Dense(layout), mask);
    }

    [Fact]
    public void Cancellation_IsHeard()
    {
        ParameterLayout layout = Layouts.Of([3, 4]);
        var policy = new PruningPolicy(new MagnitudeScore(), new UniformDistribution(), new WeightGranularity());
        Assert.Throws<OperationCanceledException>(() => policy.Prune(new ScoreInput(layout, new float[12]), 0.5, new CancellationToken(canceled: true)));
    }
}
