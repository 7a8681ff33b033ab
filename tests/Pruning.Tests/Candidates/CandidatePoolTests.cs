using Federated.Engine.Parameters;
using Federated.Pruning.Candidates;
using Federated.Pruning.Distributions;
using Xunit;

namespace Federated.Pruning.Tests.Candidates;

public sealed class CandidatePoolTests
{
    private static readonly ParameterLayout ResNet18 = Layouts.ResNet18();

    [Theory]
    [InlineData(0.01, CandidateNoise.Uniform)]
    [InlineData(0.001, CandidateNoise.Uniform)]
    [InlineData(0.05, CandidateNoise.Uniform)]
    [InlineData(0.5, CandidateNoise.Uniform)]
    [InlineData(0.01, CandidateNoise.ErdosRenyi)]
    [InlineData(0.001, CandidateNoise.ErdosRenyi)]
    public void EveryCandidate_HasExactlyTheBudget_AndDiffersFromTheOthers(double density, CandidateNoise noise)
    {
        var pool = new CandidatePool(ResNet18, density, seed: 1, noise);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int candidate = 0; candidate < 10; candidate++)
        {
            int[] counts = pool.KeptCounts(candidate).Prunable(ResNet18);
            Assert.Equal(PruningBudget.Of(ResNet18, density), counts.Sum());
            Assert.All(counts, static count => Assert.True(count >= 1));
            Assert.True(seen.Add(string.Join(',', counts)));
            if (noise == CandidateNoise.Uniform)
                Assert.Equal(1728, counts[0]);
        }
    }

    [Fact]
    public void UniformNoise_StaysWithinHalfOfTheDensityLeftForTheLayers()
    {
        var pool = new CandidatePool(ResNet18, 0.01, seed: 4);
        double center = (111_644 - 1728.0) / (11_164_352 - 1728);
        for (int candidate = 0; candidate < 20; candidate++)
        {
            int[] counts = pool.KeptCounts(candidate);
            for (int t = 1; t < counts.Length; t++)
            {
                ParameterTensor tensor = ResNet18.Tensors[t];
                // The draw is within half of the centre, and its correction within 2 % of that; one weight for the rounding.
                if (tensor.IsPrunable)
                    Assert.InRange(counts[t], (0.5 * center * tensor.Count / 1.021) - 1, (1.5 * center * tensor.Count * 1.021) + 1);
            }
        }
    }

    [Fact]
    public void SameKey_GivesTheSameCandidate_AnotherSeedAnother()
    {
        int[] first = new CandidatePool(ResNet18, 0.01, seed: 9).KeptCounts(3);
        Assert.Equal(first, new CandidatePool(ResNet18, 0.01, seed: 9).KeptCounts(3));
        Assert.NotEqual(first, new CandidatePool(ResNet18, 0.01, seed: 10).KeptCounts(3));
    }

    [Fact]
    public void Mask_KeepsTheLargestOfEachLayer_AndTheWholeStem()
    {
        ParameterLayout layout = Layouts.Of([2, 1, 2, 2], [10, 20], [5, 10]);
        float[] parameters = Layouts.Normal(layout.Count, 2);
        var pool = new CandidatePool(layout, 0.2, seed: 0);
        Mask mask = pool.Create(parameters, 0);
        Assert.Equal(pool.Budget, mask.PrunableKept);
        Assert.Null(mask[0]);
        for (int t = 1; t < 3; t++)
        {
            ParameterTensor tensor = layout.Tensors[t];
            float[] magnitudes = [.. parameters[tensor.Offset..(tensor.Offset + tensor.Count)].Select(Math.Abs)];
            float weakestKept = mask[t]!.ToPositions().Min(p => magnitudes[p]);
            float strongestPruned = Enumerable.Range(0, tensor.Count).Where(p => !mask[t]![p]).Max(p => magnitudes[p]);
            Assert.True(weakestKept > strongestPruned);
        }
    }

    [Fact]
    public void FirstAndLastLayer_StayDenseWithinTheBudget_InEveryCandidate()
    {
        ParameterLayout layout = Layouts.Of([2, 1, 2, 2], [40, 50], [30, 50], [5, 10]);
        var pool = new CandidatePool(layout, 0.2, seed: 0, denseLayers: DenseLayers.FirstAndLast);
        for (int candidate = 0; candidate < 5; candidate++)
        {
            int[] counts = pool.KeptCounts(candidate);
            Assert.Equal((8, 50), (counts[0], counts[3]));
            Assert.Equal(pool.Budget, counts.Sum());
        }

        Assert.NotEqual(pool.KeptCounts(0)[1], pool.KeptCounts(1)[1]);
    }

    [Fact]
    public void TargetUnderTheStem_NamesTheNumbers()
    {
        PruningBudgetException error = Assert.Throws<PruningBudgetException>(static () => new CandidatePool(ResNet18, 0.0001, seed: 0));
        Assert.Contains("1116 of 11164352", error.Message, StringComparison.Ordinal);
        Assert.Contains("1728", error.Message, StringComparison.Ordinal);
        Assert.Contains("1748", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DenseTarget_IsTheDenseMask() =>
        Assert.Equal(Layouts.Of([2, 1, 2, 2], [10, 20]).PrunableCount, new CandidatePool(Layouts.Of([2, 1, 2, 2], [10, 20]), 1, seed: 0).KeptCounts(0).Sum());

    [Fact]
    public void TinyModels_FindACandidate()
    {
        ParameterLayout layout = Layouts.Of([4, 1, 3, 3], [4, 4], [2, 4]);
        for (int candidate = 0; candidate < 5; candidate++)
            Assert.Equal(42, new CandidatePool(layout, 0.7, seed: 0).KeptCounts(candidate).Sum());
    }
}
