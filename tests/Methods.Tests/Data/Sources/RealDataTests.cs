using Federated.Methods.Data;
using Federated.TestKit;
using Xunit;

namespace Federated.Methods.Tests.Data.Sources;

/// <summary>The published files, where this machine has them.</summary>
public sealed class RealDataTests
{
    [FactWhenData("fashion-mnist")]
    public void FashionMnist_IsReadAsPublished()
    {
        DataSet set = Read("fashion-mnist", 60_000);
        Assert.Equal([9, 0, 0, 3, 0, 2, 7, 2, 5, 5], set.Train.Labels[..10].ToArray());
        Assert.Equal("ankle boot", set.Train.ClassNames[set.Test.Label(0)]);
        Assert.True(set.Train.NaturalIds.IsEmpty);
    }

    [FactWhenData("cifar-10")]
    public void Cifar10_IsReadAsPublished()
    {
        DataSet set = Read("cifar-10", 50_000);
        Assert.Equal([6, 9, 9, 4, 1, 1, 2, 7, 8, 3], set.Train.Labels[..10].ToArray());
        Assert.Equal([59, 43, 50], set.Train.Pixels(0)[..3].ToArray());
        Assert.Equal("cat", set.Test.ClassNames[set.Test.Label(0)]);
    }

    [FactWhenData("cifar-100")]
    public void Cifar100_IsReadAsPublished()
    {
        DataSet set = Read("cifar-100", 50_000);
        Assert.Equal(19, set.Train.Label(0));
        Assert.Equal(11, set.Train.NaturalIds[0]);
        Assert.Equal("cattle", set.Train.ClassNames[set.Train.Label(0)]);
        Assert.Equal(20, set.Train.NaturalIds.ToArray().Distinct().Count());
    }

    private static DataSet Read(string name, int trainCount)
    {
        DataSetInfo info = DataSetCatalog.Find(name);
        DataSet set = LocalData.ReadAt(info, TestData.Folder(name)!, CancellationToken.None);
        Assert.Equal(info.Sha256, set.Sha256);
        Assert.True(set.IsAsPublished);
        Assert.Equal(trainCount, set.Train.Count);
        Assert.Equal(10_000, set.Test.Count);
        int perClass = trainCount / info.ClassNames.Length;
        Assert.All(Enumerable.Range(0, info.ClassNames.Length), label => Assert.Equal(perClass, set.Train.Labels.Count(label)));
        (var mean, var deviation) = ChannelStatistics.Of(set.Train);
        Assert.Equal(mean.ToArray(), set.Mean.ToArray());
        Assert.Equal(deviation.ToArray(), set.Deviation.ToArray());
        return set;
    }
}
