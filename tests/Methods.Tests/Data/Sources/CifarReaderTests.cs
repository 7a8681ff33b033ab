using Federated.Methods.Data;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Methods.Tests.Data.Sources;

public sealed class CifarReaderTests : IDisposable
{
    private readonly DataFolderFixture data = new();

    public void Dispose() => data.Dispose();

    [Fact]
    public void Cifar10_KeepsPlanesLabelsAndTheOrderOfFiles()
    {
        data.WriteCifar(DataFolderFixture.Cifar10, "set", records: 7);
        DataSet set = Read(DataFolderFixture.Cifar10);

        Assert.Equal((35, 7), (set.Train.Count, set.Test.Count));
        Assert.Equal([3, 4, 5, 6, 7, 8, 9, 3], set.Train.Labels[..8].ToArray());
        ReadOnlySpan<byte> image = set.Train.Pixels(9);
        Assert.Equal((1, 1, 2, 2, 2, 2), (image[0], image[1023], image[1024], image[2047], image[2048], image[3071]));
        Assert.True(set.Train.NaturalIds.IsEmpty);
        Assert.Equal([1f / 255, 2f / 255, 3f / 255], set.Mean.ToArray());
        Assert.Equal([1f, 1f, 2f / 255], set.Deviation.ToArray());
    }

    [Fact]
    public void Cifar100_TakesTheFineLabelAndKeepsTheCoarseOneAsNaturalId()
    {
        data.WriteCifar(DataFolderFixture.Cifar100, "set/cifar-100-binary");
        DataSet set = Read(DataFolderFixture.Cifar100);
        Assert.Equal([3, 4, 5, 6], set.Train.Labels.ToArray());
        Assert.Equal([0, 1, 2, 3], set.Train.NaturalIds.ToArray());
        Assert.Equal(3, set.Train.Pixels(3)[3071]);
    }

    [Fact]
    public void TheOfficialArchive_GivesTheSameAsItsFiles()
    {
        data.WriteCifar(DataFolderFixture.Cifar10, "set/cifar-10-batches-bin");
        string archive = data.Write("packed/cifar-10-binary.tar.gz", DataFolderFixture.TarGz(DataFolderFixture.Cifar10));
        DataSet plain = Read(DataFolderFixture.Cifar10);
        foreach (string path in new[] { archive, data["packed"] })
        {
            DataSet packed = LocalData.ReadAt(DataFolderFixture.Cifar10, path, CancellationToken.None);
            Assert.Equal(plain.Sha256, packed.Sha256);
            Assert.Equal(plain.Train.AllPixels, packed.Train.AllPixels);
            Assert.Equal(archive, packed.Origin);
        }
    }

    [Fact]
    public void RecordsThatSpanSeveralReads_StayAligned()
    {
        byte[] many = [.. Enumerable.Range(0, 100).SelectMany(_ => DataFolderFixture.Records(DataFolderFixture.Cifar10, 6))];
        data.WriteCifar(DataFolderFixture.Cifar10, "set");
        data.Write("set/test_batch.bin", many);
        ImageSet test = Read(DataFolderFixture.Cifar10).Test;
        Assert.Equal(600, test.Count);
        Assert.All(Enumerable.Range(0, 600), i => Assert.Equal((3 + (i % 6), i % 6), (test.Label(i), test.Pixels(i)[3000])));
    }

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(3072, "not a whole number of records")]
    [InlineData(3074, "not a whole number of records")]
    public void FilesThatAreNotWholeRecords_AreRefused(int length, string what)
    {
        data.WriteCifar(DataFolderFixture.Cifar10, "set");
        data.Write("set/data_batch_3.bin", new byte[length]);
        AssertRefused(DataFolderFixture.Cifar10, "data_batch_3.bin", what);
    }

    [Fact]
    public void ALabelOutsideTheClasses_IsRefused()
    {
        data.WriteCifar(DataFolderFixture.Cifar10, "set");
        data.Write("set/data_batch_2.bin", DataFolderFixture.Records(DataFolderFixture.Cifar10, 8));
        AssertRefused(DataFolderFixture.Cifar10, "data_batch_2.bin", "label 10 of record 7");
    }

    [Fact]
    public void ACoarseLabelOutsideTheGroups_IsRefused()
    {
        data.WriteCifar(DataFolderFixture.Cifar100, "set");
        data.Write("set/test.bin", DataFolderFixture.Records(DataFolderFixture.Cifar100, 21));
        AssertRefused(DataFolderFixture.Cifar100, "test.bin", "coarse label 20 of record 20");
    }

    [Fact]
    public void ADamagedArchive_IsRefused()
    {
        byte[] archive = DataFolderFixture.TarGz(DataFolderFixture.Cifar10);
        data.Write("set/cifar-10-binary.tar.gz", archive[..(archive.Length / 3)]);
        AssertRefused(DataFolderFixture.Cifar10, "cifar-10-binary.tar.gz", "archive");
    }

    [Fact]
    public void MutatedArchivesAndFiles_AreReadOrRefusedButNeverCrash() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            using DataFolderFixture one = new();
            DataSetInfo info = seed % 2 == 0 ? DataFolderFixture.Cifar10 : DataFolderFixture.Cifar100;
            if (seed % 3 == 0)
                one.WriteCifar(info, "set", records: 1);
            else
                one.Write($"set/{info.Downloads[0].Name}", DataFolderFixture.TarGz(info, records: 1));
            Mutation.OfOneFile(one["set"], seed);
            try
            {
                LocalData.ReadAt(info, one["set"], CancellationToken.None);
            }
            catch (DataException problem)
            {
                Assert.Contains(one["set"], problem.Message, StringComparison.Ordinal);
            }
        }));

    private DataSet Read(DataSetInfo info) => LocalData.ReadAt(info, data["set"], CancellationToken.None);

    private void AssertRefused(DataSetInfo info, string file, string what)
    {
        DataException problem = Assert.Throws<DataException>(() => Read(info));
        Assert.Contains(data["set/" + file], problem.Message, StringComparison.Ordinal);
        Assert.Contains(what, problem.Message, StringComparison.Ordinal);
    }
}
