using Federated.Methods.Data;
using Xunit;

namespace Federated.Methods.Tests.Data.Sources;

public sealed class SyntheticSetTests
{
    private static readonly SyntheticOptions Small = new() { Classes = 4, Channels = 2, Size = 12, TrainCount = 60, TestCount = 40 };

    [Fact]
    public void TheSameOptions_GiveTheSameBits()
    {
        Assert.Equal(SyntheticSet.Create(Small).Sha256, SyntheticSet.Create(Small with { }).Sha256);
        Assert.NotEqual(SyntheticSet.Create(Small).Sha256, SyntheticSet.Create(Small with { Seed = 2 }).Sha256);
    }

    [Fact]
    public void ALongerSet_BeginsWithTheShorterOne()
    {
        ImageSet shorter = SyntheticSet.Create(Small).Train;
        ImageSet longer = SyntheticSet.Create(Small with { TrainCount = 100 }).Train;
        Assert.Equal(shorter.AllPixels, longer.AllPixels[..shorter.AllPixels.Length]);
    }

    [Fact]
    public void Shapes_FollowTheOptions()
    {
        DataSet set = SyntheticSet.Create(Small with { Writers = 5 });
        Assert.Equal((60, 40, 2, 12, 12, 4), (set.Train.Count, set.Test.Count, set.Train.Channels, set.Train.Height, set.Train.Width, set.Train.Classes));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => i % 4), set.Train.Labels.ToArray());
        Assert.Equal(5, set.Train.NaturalIds.ToArray().Distinct().Count());
        Assert.Equal(2, set.Mean.Length);
        Assert.NotEqual(set.Train.Pixels(0).ToArray(), set.Test.Pixels(0).ToArray());
    }

    [Fact]
    public void TheNearestMeanOfTheClasses_RecognisesMostTestImages()
    {
        DataSet set = SyntheticSet.Create(new SyntheticOptions { TrainCount = 600, TestCount = 200 });
        double[,] means = new double[10, 784];
        for (int i = 0; i < 600; i++)
        {
            for (int p = 0; p < 784; p++)
                means[set.Train.Label(i), p] += set.Train.Pixels(i)[p] / 60.0;
        }

        int right = Enumerable.Range(0, 200).Count(i =>
            Enumerable.Range(0, 10).MinBy(label => Enumerable.Range(0, 784).Sum(p => Square(set.Test.Pixels(i)[p] - means[label, p]))) == set.Test.Label(i));
        Assert.InRange(right, 150, 200);

        static double Square(double x) => x * x;
    }

    [Fact]
    public void ImpossibleOptions_AreRefusedByName()
    {
        Assert.Contains("Classes", Assert.Throws<DataException>(() => SyntheticSet.Create(Small with { Classes = 1 })).Message, StringComparison.Ordinal);
        Assert.Contains("Noise", Assert.Throws<DataException>(() => SyntheticSet.Create(Small with { Noise = double.NaN })).Message, StringComparison.Ordinal);
        Assert.Contains("bytes", Assert.Throws<DataException>(() => SyntheticSet.Create(Small with { Size = 256, TrainCount = 1_000_000 })).Message, StringComparison.Ordinal);
    }
}
