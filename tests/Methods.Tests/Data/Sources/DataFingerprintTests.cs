using System.Security.Cryptography;
using Federated.Methods.Data;
using Xunit;

namespace Federated.Methods.Tests.Data;

public sealed class DataFingerprintTests
{
    private static ImageSet Images(byte pixel = 7, int label = 1, int height = 1, int width = 2, int[]? groups = null) =>
        new("test", 1, height, width, ["a", "b"], [1, 2, 3, pixel], [0, label], groups ?? []);

    private static DataSet Set(ImageSet train, ImageSet? test = null) => new("test", train, test ?? Images(), [0.5f], [0.5f], "");

    [Fact]
    public void It_is_the_hash_of_shape_pixels_and_labels_worked_out_by_hand()
    {
        byte[] half = [.. new[] { 1, 1, 2, 2, 2, 0 }.SelectMany(BitConverter.GetBytes), 1, 2, 3, 7, .. new[] { 0, 1 }.SelectMany(BitConverter.GetBytes)];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([.. half, .. half])), DataFingerprint.Of(Set(Images())));
    }

    [Fact]
    public void Every_bit_that_training_reads_changes_it_and_nothing_else_does()
    {
        string same = DataFingerprint.Of(Set(Images()));
        Assert.Equal(same, DataFingerprint.Of(Set(Images()) with { Name = "other", Sha256 = "00", Origin = "elsewhere" }));
        string[] others =
        [
            DataFingerprint.Of(Set(Images(pixel: 6))),
            DataFingerprint.Of(Set(Images(label: 0))),
            DataFingerprint.Of(Set(Images(height: 2, width: 1))),
            DataFingerprint.Of(Set(Images(groups: [0, 1]))),
            DataFingerprint.Of(Set(Images(), Images(pixel: 6))),
        ];
        Assert.Equal(6, others.Append(same).Distinct().Count());
    }
}
