using Federated.Methods.Data;
using Xunit;

namespace Federated.Methods.Tests.Data.Sources;

public sealed class ImageSetTests
{
    [Fact]
    public void Pixels_GivesOneSample()
    {
        ImageSet set = new("s", 2, 1, 2, ["a", "b"], [1, 2, 3, 4, 5, 6, 7, 8], [1, 0], [7, 9]);
        Assert.Equal([5, 6, 7, 8], set.Pixels(1).ToArray());
        Assert.Equal((2, 2, 1, 0), (set.Count, set.Classes, set.Label(0), set.Label(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Pixels(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Pixels(-1).Length);
    }

    [Fact]
    public void ArraysThatDoNotFit_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new ImageSet("s", 1, 1, 2, ["a"], [1, 2, 3], [0], []));
        Assert.Throws<ArgumentException>(() => new ImageSet("s", 1, 1, 1, ["a"], [1], [1], []));
        Assert.Throws<ArgumentException>(() => new ImageSet("s", 1, 1, 1, ["a"], [1], [-1], []));
        Assert.Throws<ArgumentException>(() => new ImageSet("s", 1, 1, 1, ["a"], [1], [0], [1, 2]));
        Assert.Throws<ArgumentException>(() => new ImageSet("s", 1, 1, 1, ["a"], [1], [0], [-1]));
    }

    [Fact]
    public void Statistics_AreThoseOfTheBytes()
    {
        ImageSet set = new("s", 2, 1, 2, ["a"], [0, 255, 10, 10, 255, 0, 10, 10], [0, 0], []);
        (var mean, var deviation) = ChannelStatistics.Of(set);
        Assert.Equal([0.5f, 10f / 255], mean.ToArray());
        Assert.Equal([0.5f, 1f], deviation.ToArray());
    }

    [Fact]
    public void EveryCatalogueEntry_HasWhatItsFormatNeeds() => Assert.All(DataSetCatalog.All, info =>
    {
        Assert.Equal(info.Format == DataFormat.Synthetic, info.Files.IsEmpty);
        Assert.Equal(info.ClassNames.Length, info.ClassNames.Distinct(StringComparer.Ordinal).Count());
        if (info.Sha256 is not null)
            Assert.Equal((info.Channels, info.Channels), (info.Mean.Length, info.Deviation.Length));
        Assert.All(info.Downloads, file => Assert.Matches("^(sha256:[0-9a-f]{64}|md5:[0-9a-f]{32})$", file.Checksum));
    });

    [Fact]
    public void AnUnknownName_IsAnsweredWithTheNames() =>
        Assert.Contains("cifar-10, cifar-100, fashion-mnist, mnist, synthetic", Assert.Throws<DataException>(() => DataSetCatalog.Find("svhn")).Message, StringComparison.Ordinal);
}
