using System.Buffers.Binary;
using System.Security.Cryptography;
using Federated.Methods.Data;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Methods.Tests.Data.Sources;

public sealed class IdxReaderTests : IDisposable
{
    private readonly DataFolderFixture data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GoodFiles_AreReadWithTheirStatisticsAndHash(bool compress)
    {
        data.WriteIdx("set", train: 20, test: 10, compress);

        DataSet set = Read();

        Assert.Equal((20, 10), (set.Train.Count, set.Test.Count));
        Assert.Equal((1, 28, 28, 10), (set.Train.Channels, set.Train.Height, set.Train.Width, set.Train.Classes));
        Assert.Equal(3, set.Train.Label(13));
        Assert.Equal(784, set.Train.Pixels(13).Length);
        Assert.Equal(31, set.Train.Pixels(13)[0]);
        Assert.False(set.Train.Pixels(13).ContainsAnyExcept((byte)31));
        Assert.False(set.IsAsPublished);

        // Pixels are 1, 11, …, 91, each as often: mean 46, deviation √825.
        Assert.Equal(46f / 255, set.Mean[0], 1e-6f);
        Assert.Equal((float)(Math.Sqrt(825) / 255), set.Deviation[0], 1e-6f);
        byte[] raw = [.. DataFolderFixture.Images(20), .. DataFolderFixture.Labels(20), .. DataFolderFixture.Images(10), .. DataFolderFixture.Labels(10)];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(raw)), set.Sha256);
    }

    [Fact]
    public void FilesNamedWithADot_AreFound()
    {
        data.WriteIdx("set");
        foreach (string file in Directory.GetFiles(data["set"]))
            File.Move(file, file.Replace("-idx", ".idx", StringComparison.Ordinal));

        Assert.Equal(20, Read().Train.Count);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(16 + (20 * 784) - 1)]
    public void TruncatedImages_AreRefused(int length)
    {
        data.WriteIdx("set");
        data.Write("set/train-images-idx3-ubyte", DataFolderFixture.Images(20)[..length]);
        AssertRefused("train-images-idx3-ubyte", length < 16 ? "truncated" : $"but it has {length}");
    }

    [Fact]
    public void TruncatedGzip_IsRefused()
    {
        data.WriteIdx("set", compress: true);
        byte[] packed = File.ReadAllBytes(data["set/train-images-idx3-ubyte.gz"]);
        data.Write("set/train-images-idx3-ubyte.gz", packed[..(packed.Length / 2)]);
        AssertRefused("train-images-idx3-ubyte.gz", "truncated");
    }

    [Fact]
    public void GarbageAfterAGzipMagic_IsRefused()
    {
        data.WriteIdx("set", compress: true);
        data.Write("set/train-labels-idx1-ubyte.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        AssertRefused("train-labels-idx1-ubyte.gz", "damaged");
    }

    [Fact]
    public void BytesAfterTheLastSample_AreRefused()
    {
        data.WriteIdx("set", compress: true);
        data.Write("set/train-labels-idx1-ubyte.gz", DataFolderFixture.Gzip([.. DataFolderFixture.Labels(20), 0]));
        AssertRefused("train-labels-idx1-ubyte.gz", "more bytes follow");
    }

    [Fact]
    public void SwappedFiles_AreRefusedByTheirMagic()
    {
        data.WriteIdx("set");
        data.Write("set/train-images-idx3-ubyte", DataFolderFixture.Labels(20));
        AssertRefused("train-images-idx3-ubyte", "0x00000801");
    }

    [Fact]
    public void ImagesOfAnotherSize_AreRefused()
    {
        data.WriteIdx("set");
        data.Write("set/t10k-images-idx3-ubyte", DataFolderFixture.Images(10, rows: 16, columns: 49));
        AssertRefused("t10k-images-idx3-ubyte", "16×49");
    }

    [Fact]
    public void ALabelOutsideTheClasses_IsRefusedWithItsSample()
    {
        data.WriteIdx("set");
        byte[] labels = DataFolderFixture.Labels(20);
        labels[8 + 7] = 10;
        data.Write("set/train-labels-idx1-ubyte", labels);
        AssertRefused("train-labels-idx1-ubyte", "label 10 of sample 7");
    }

    [Fact]
    public void FewerLabelsThanImages_AreRefused()
    {
        data.WriteIdx("set");
        data.Write("set/train-labels-idx1-ubyte", DataFolderFixture.Labels(19));
        AssertRefused("train-labels-idx1-ubyte", "19 labels");
    }

    [Fact]
    public void AMissingFile_IsNamed()
    {
        data.WriteIdx("set");
        File.Delete(data["set/t10k-labels-idx1-ubyte"]);
        AssertRefused("t10k-labels-idx1-ubyte", "missing");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2_000_001)]
    [InlineData(-1)]
    public void ImpossibleCounts_AreRefused(int count)
    {
        byte[] labels = DataFolderFixture.Labels(20);
        BinaryPrimitives.WriteInt32BigEndian(labels.AsSpan(4), count);
        data.WriteIdx("set", compress: true);
        data.Write("set/train-labels-idx1-ubyte.gz", DataFolderFixture.Gzip(labels));
        AssertRefused("train-labels-idx1-ubyte.gz", "samples");
    }

    [Fact]
    public void ACountThatTheCompressedFileCannotHold_IsRefusedBeforeMemoryIsTaken()
    {
        byte[] header = DataFolderFixture.Images(0);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 1_900_000);
        data.WriteIdx("set", compress: true);
        data.Write("set/train-images-idx3-ubyte.gz", DataFolderFixture.Gzip(header));
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused("train-images-idx3-ubyte.gz", "more than so short a compressed file can hold");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void MutatedFiles_AreReadOrRefusedButNeverCrash() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            using DataFolderFixture one = new();
            one.WriteIdx("set", train: 3, test: 2, compress: seed % 2 == 0);
            Mutation.OfOneFile(one["set"], seed);
            try
            {
                LocalData.ReadAt(DataFolderFixture.Fashion, one["set"], CancellationToken.None);
            }
            catch (DataException problem)
            {
                Assert.Contains(one["set"], problem.Message, StringComparison.Ordinal);
            }
        }));

    private DataSet Read() => LocalData.ReadAt(DataFolderFixture.Fashion, data["set"], CancellationToken.None);

    private void AssertRefused(string file, string what)
    {
        DataException problem = Assert.Throws<DataException>(Read);
        Assert.Contains(data["set/" + file], problem.Message, StringComparison.Ordinal);
        Assert.Contains(what, problem.Message, StringComparison.Ordinal);
    }
}
