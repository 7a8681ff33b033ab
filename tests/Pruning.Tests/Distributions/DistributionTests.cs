using FsCheck;
using FsCheck.Fluent;
using Federated.Engine.Parameters;
using Federated.Pruning.Distributions;
using Xunit;

namespace Federated.Pruning.Tests.Distributions;

public sealed class DistributionTests
{
    [Theory]
    [InlineData(0.2, 119.556122, 0.678926, 0.841896)]
    [InlineData(0.1, 56.132653, 0.849253, 0.925769)]
    [InlineData(0.05, 24.421769, 0.934414, 0.967704)]
    public void ErdosRenyiKernel_GivesTheGoldenSparsities(double density, double epsilon, double secondSparsity, double thirdSparsity)
    {
        ParameterLayout layout = Layouts.ErdosRenyiGolden();
        var distribution = new ErdosRenyiDistribution();
        int[] counts = distribution.KeptCounts(layout, density, []);
        Assert.Equal(1728, counts[0]);
        Assert.Equal(2560, counts[3]);
        Assert.Equal(secondSparsity, 1 - (counts[1] / 73_728.0), 1e-5);
        Assert.Equal(thirdSparsity, 1 - (counts[2] / 294_912.0), 1e-5);
        Assert.Equal(PruningBudget.Of(layout, density), counts.Sum());
        double factor = Apportionment.Factor(counts.Sum(), distribution.Weights(layout), [1, 1, 1, 1], [.. layout.Tensors.Select(static t => t.Count)]);
        // RigL rounds the zeros of each layer down, so that its total is up to 4 weights above ours; the two free layers take 588 weights per unit of ε.
        Assert.InRange(factor, epsilon - (4.0 / 588), epsilon + (0.5 / 588));
    }

    [Fact]
    public void ErdosRenyiWithoutKernel_CountsInputsAndOutputsOnly()
    {
        // Counts are proportional to (in + out)·area: (4 + 8)·9 = 108 and 8 + 2 = 10.
        int[] counts = new ErdosRenyiDistribution(includeKernel: false).KeptCounts(Layouts.Of([8, 4, 3, 3], [2, 8]), 59 / 304.0, []);
        Assert.Equal([54, 5], counts);
    }

    [Fact]
    public void Uniform_SameDensityEverywhere() => Assert.Equal([10, 20, 5], new UniformDistribution().KeptCounts(Layouts.Of([10, 10], [20, 10], [10, 5]), 0.1, []));

    [Fact]
    public void Uniform_FirstLayerDenseWithinTotal_IsPaidByTheOthers()
    {
        // 400 weights at 0.4 are 160; 100 stay, 60 are left for 200 + 100.
        ParameterLayout layout = Layouts.Of([10, 10], [20, 10], [10, 10]);
        Assert.Equal([100, 40, 20], new UniformDistribution(DenseLayers.First).KeptCounts(layout, 0.4, []));
    }

    [Fact]
    public void Uniform_FirstAndLastLayerDense_ArePaidByTheOthers()
    {
        // 400 weights at 0.6 are 240; 200 stay in the first and last layer, 40 are left for the 200 between them.
        ParameterLayout layout = Layouts.Of([10, 10], [20, 10], [10, 10]);
        Assert.Equal([100, 40, 100], new UniformDistribution(DenseLayers.FirstAndLast).KeptCounts(layout, 0.6, []));
    }

    [Fact]
    public void Uniform_FirstLayerDenseBesideTotal_LeavesTheOthersTheirDensity()
    {
        ParameterLayout layout = Layouts.Of([10, 10], [20, 10], [10, 10]);
        Assert.Equal([100, 80, 40], new UniformDistribution(DenseLayers.FirstBesideTotal).KeptCounts(layout, 0.4, []));
    }

    [Fact]
    public void TensorsThatCannotBePruned_KeepEverything()
    {
        ParameterLayout layout = Layouts.ResNet18();
        int[] counts = new ErdosRenyiDistribution().KeptCounts(layout, 0.01, []);
        Assert.All(Enumerable.Range(0, counts.Length).Where(i => !layout.Tensors[i].IsPrunable), i => Assert.Equal(layout.Tensors[i].Count, counts[i]));
        Assert.Equal(111_644, counts.Prunable(layout).Sum());
    }

    [Fact]
    public void BudgetUnderTheDenseStem_NamesTheNumbers()
    {
        PruningBudgetException error = Assert.Throws<PruningBudgetException>(
            static () => new UniformDistribution(DenseLayers.First).KeptCounts(Layouts.Of([10, 10], [20, 10], [10, 10]), 0.25, []));
        Assert.Contains("100 of 400", error.Message, StringComparison.Ordinal);
        Assert.Contains("102", error.Message, StringComparison.Ordinal);
        Assert.Contains("0.255", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Global_KeepsTheBestWhereverTheyAre()
    {
        ParameterLayout layout = Layouts.Of([1, 4], [1, 4], [1, 4]);
        float[] scores = [9, 8, 7, 6, 5, 1, 1, 1, 4, 3, 2, 1];
        Assert.Equal([4, 1, 1], new GlobalDistribution().KeptCounts(layout, 0.5, scores));
    }

    [Fact]
    public void Global_TiesGoToTheEarlierTensor()
    {
        ParameterLayout layout = Layouts.Of([1, 4], [1, 4], [1, 4]);
        float[] scores = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
        // Six of twelve equal scores: four, two, none – and the floor lifts the last to one at the cost of the second.
        Assert.Equal([4, 1, 1], new GlobalDistribution().KeptCounts(layout, 0.5, scores));
    }

    [Fact]
    public void Global_FloorByFraction_IsHeld()
    {
        ParameterLayout layout = Layouts.Of([1, 10], [1, 10], [1, 4]);
        float[] scores = [.. Enumerable.Range(0, 24).Select(static i => 24f - i)];
        // Floors 3, 3, 2 (⌈1.2⌉); of the budget 12 the first layer takes what is left: 12 − 3 − 2 = 7.
        Assert.Equal([7, 3, 2], new GlobalDistribution(minimumFraction: 0.3).KeptCounts(layout, 0.5, scores));
    }

    [Fact]
    public void Global_FloorsOverTheBudget_NameTheNumbers()
    {
        PruningBudgetException error = Assert.Throws<PruningBudgetException>(
            static () => new GlobalDistribution(minimumCount: 3).KeptCounts(Layouts.Of([1, 4], [1, 4]), 0.5, new float[8]));
        Assert.Contains("6 weights", error.Message, StringComparison.Ordinal);
        Assert.Contains("0.75", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryDistribution_IsExactAndFeedsEveryLayer()
    {
        Arbitrary<(int[] Sizes, double Density, int Seed)> cases =
            (from layers in Gen.Choose(1, 8)
             from sizes in Gen.ArrayOf(Gen.Choose(1, 400), layers)
             from budget in Gen.Choose(layers, sizes.Sum())
             from seed in Gen.Choose(0, 1000)
             select (sizes, (double)budget / sizes.Sum(), seed)).ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(cases, static sample =>
        {
            ParameterLayout layout = Layouts.Of([.. sample.Sizes.Select(static n => new[] { 1, n })]);
            float[] scores = Layouts.Normal(layout.Count, (ulong)sample.Seed);
            int budget = PruningBudget.Of(layout, sample.Density);
            IDistribution[] all = [new UniformDistribution(), new ErdosRenyiDistribution(), new GlobalDistribution()];
            return all.All(distribution =>
            {
                int[] counts = distribution.KeptCounts(layout, sample.Density, scores);
                return counts.Sum() == budget && counts.Zip(sample.Sizes).All(static p => p.First >= 1 && p.First <= p.Second);
            });
        }));
    }

    [Fact]
    public void MoreDensity_TakesNoWeightFromALayer()
    {
        // Largest remainder may take one unit from a layer when the total grows (the Alabama paradox), never more.
        ParameterLayout layout = Layouts.ErdosRenyiGolden();
        float[] scores = Layouts.Normal(layout.Count, 5);
        foreach (IDistribution distribution in new IDistribution[] { new UniformDistribution(), new ErdosRenyiDistribution(), new GlobalDistribution() })
        {
            int[] previous = new int[layout.Tensors.Length];
            for (int percent = 1; percent <= 100; percent += 9)
            {
                int[] counts = distribution.KeptCounts(layout, percent / 100.0, scores);
                Assert.All(Enumerable.Range(0, counts.Length), t => Assert.True(counts[t] >= previous[t] - 1));
                previous = counts;
            }
        }
    }
}
