using Federated.Pruning.Schedules;
using Xunit;

namespace Federated.Pruning.Tests.Schedules;

public sealed class ScheduleTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 0.2439)]
    [InlineData(25, 0.520313)]
    [InlineData(50, 0.7875)]
    [InlineData(75, 0.885938)]
    [InlineData(100, 0.9)]
    [InlineData(1000, 0.9)]
    public void Cubic_GivesTheGoldenSparsities(int step, double sparsity) => Assert.Equal(sparsity, 1 - new CubicSchedule(1, 0.1, 0, 100).DensityAt(step), 1e-6);

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(2, 0.3048)]
    [InlineData(4, 0.1864)]
    [InlineData(6, 0.1256)]
    [InlineData(8, 0.1032)]
    [InlineData(10, 0.1)]
    public void Cubic_FromHalfDense_GivesTheGoldenDensities(int step, double density) => Assert.Equal(density, new CubicSchedule(0.5, 0.1, 0, 10).DensityAt(step), 1e-12);

    [Fact]
    public void Cubic_JumpsOnlyAtItsInterval()
    {
        var schedule = new CubicSchedule(1, 0.1, 20, 120, every: 10);
        Assert.Equal(1, schedule.DensityAt(29));
        Assert.Equal(1 - 0.2439, schedule.DensityAt(30), 1e-12);
        Assert.Equal(schedule.DensityAt(30), schedule.DensityAt(39));
        Assert.Equal(0.1, schedule.DensityAt(120), 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(static () => new CubicSchedule(1, 0.1, 20, 125, every: 10));
    }

    [Theory]
    [InlineData(0, 0.3)]
    [InlineData(25, 0.256066)]
    [InlineData(50, 0.15)]
    [InlineData(75, 0.043934)]
    [InlineData(100, 0)]
    [InlineData(101, 0)]
    public void CosineDrop_GivesTheGoldenFractions(int step, double fraction) => Assert.Equal(fraction, new CosineDropSchedule(0.3, 100).FractionAt(step), 1e-6);

    [Fact]
    public void CosineDrop_AtFedTinysAdjustments()
    {
        var schedule = new CosineDropSchedule();
        double[] expected = [.2927, .2714, .2382, .1964, .15, .1036, .0618, .0286, .0073, 0];
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], schedule.FractionAt(10 * (i + 1)), 5e-5);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0.954993)]
    [InlineData(50, 0.1)]
    [InlineData(100, 0.01)]
    [InlineData(200, 0.01)]
    public void Exponential_GivesTheGoldenDensities(int step, double density) => Assert.Equal(density, new ExponentialSchedule(0.01, 100).DensityAt(step), 1e-6);

    [Fact]
    public void OneShot_JumpsAtItsStep()
    {
        var schedule = new OneShotSchedule(0.05, 3);
        Assert.Equal(1, schedule.DensityAt(2));
        Assert.Equal(0.05, schedule.DensityAt(3));
    }

    [Fact]
    public void DensitySchedules_NeverRise()
    {
        foreach (IDensitySchedule schedule in new IDensitySchedule[] { new OneShotSchedule(0.2, 7), new CubicSchedule(0.9, 0.2, 5, 35, 3), new ExponentialSchedule(0.2, 30) })
        {
            for (int step = 0; step < 50; step++)
                Assert.True(schedule.DensityAt(step + 1) <= schedule.DensityAt(step), $"{schedule.Name} rises after {step}");
        }
    }

    [Fact]
    public void AdjustmentRounds_VisitEveryBlock()
    {
        // With rounds 10, 20, … and four blocks, walking by round % 4 would see blocks 2 and 0 only.
        var rounds = new AdjustmentRounds(10, 100);
        int[] adjusted = [.. Enumerable.Range(0, 200).Where(rounds.IsAdjustment)];
        Assert.Equal([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], adjusted);
        Assert.Equal([0, 1, 2, 3], adjusted.Select(r => rounds.NumberOf(r) % 4).Distinct().Order());
        Assert.Throws<ArgumentOutOfRangeException>(() => rounds.NumberOf(15));
    }

    [Fact]
    public void AdjustmentRounds_EveryZero_IsNever() => Assert.DoesNotContain(Enumerable.Range(0, 200), new AdjustmentRounds(0, 100).IsAdjustment);
}
