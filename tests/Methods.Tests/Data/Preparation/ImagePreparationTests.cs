using Federated.Engine.Randomness;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Xunit;

namespace Federated.Methods.Tests.Data.Preparation;

public sealed class ImagePreparationTests
{
    // 1…16, row by row. With mean 0 and deviation 1/255 a prepared pixel is its byte.
    private static readonly byte[] Image = [.. Enumerable.Range(1, 16).Select(static i => (byte)i)];

    [Fact]
    public void Evaluation_NormalisesEachChannel()
    {
        var preparation = new ImagePreparation(2, 1, 2, 0, [0.5f, 0.25f], [0.5f, 0.25f], new AugmentationSpec { Crop = 4, Flip = true, Cutout = 2 });
        float[] output = new float[4];
        preparation.Fill([0, 255, 0, 255], output);
        Assert.Equal([-1f, 1f, -1f, 3f], output);
    }

    [Fact]
    public void Padding_IsBlackBeforeNormalisation_AndCentred()
    {
        var preparation = new ImagePreparation(1, 1, 1, 3, [0.5f], [0.5f], new AugmentationSpec());
        Assert.Equal(9, preparation.Length);
        float[] output = new float[9];
        preparation.Fill([255], output);
        Assert.Equal([-1, -1, -1, -1, 1, -1, -1, -1, -1], output);
    }

    [Fact]
    public void Crop_DownAndRight_ByHand() => AssertPrepared(
        new AugmentationSpec { Crop = 1 },
        new AugmentationDraw(1, 1, true, 0, 0),
        [6, 7, 8, 0, 10, 11, 12, 0, 14, 15, 16, 0, 0, 0, 0, 0]);

    [Fact]
    public void Crop_UpAndLeft_ByHand() => AssertPrepared(
        new AugmentationSpec { Crop = 1 },
        new AugmentationDraw(-1, -1, true, 0, 0),
        [0, 0, 0, 0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11]);

    [Fact]
    public void Flip_ByHand() => AssertPrepared(
        new AugmentationSpec { Flip = true },
        new AugmentationDraw(0, 0, true, 0, 0),
        [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9, 16, 15, 14, 13]);

    [Fact]
    public void CropThenFlipThenCutout_ByHand() => AssertPrepared(
        new AugmentationSpec { Crop = 1, Flip = true, Cutout = 2 },
        new AugmentationDraw(1, 1, true, 2, 1),
        // The hole covers rows 1 and 2, columns 0 and 1.
        [0, 8, 7, 6, 0, 0, 11, 10, 0, 0, 15, 14, 0, 0, 0, 0]);

    [Fact]
    public void Cutout_AtTheCorner_IsClipped() => AssertPrepared(
        new AugmentationSpec { Cutout = 3 },
        new AugmentationDraw(0, 0, false, 0, 3),
        // Centre (0, 3), side 3: rows −1…1, columns 2…4.
        [1, 2, 0, 0, 5, 6, 0, 0, 9, 10, 11, 12, 13, 14, 15, 16]);

    [Fact]
    public void Cutout_IsTheMean_AndTheBorderIsBlack()
    {
        var preparation = new ImagePreparation(1, 2, 2, 0, [0.5f], [0.5f], new AugmentationSpec { Crop = 1, Cutout = 1 });
        float[] output = new float[4];
        preparation.FillAugmented([255, 255, 255, 255], output, new AugmentationDraw(1, 0, false, 0, 1));
        Assert.Equal([1f, 0f, -1f, -1f], output);
    }

    [Fact]
    public void Augmentation_EqualsPlainPaddingCroppingAndMirroring()
    {
        var random = new KeyedRandom(new RandomKey(3, RandomPurpose.Synthetic));
        byte[] image = new byte[2 * 5 * 6];
        for (int i = 0; i < image.Length; i++)
            image[i] = (byte)random.Next(256);
        var spec = new AugmentationSpec { Crop = 3, Flip = true, Cutout = 3 };
        var preparation = new ImagePreparation(2, 5, 6, 8, [0.3f, 0.6f], [0.2f, 0.4f], spec);
        float[] output = new float[preparation.Length];
        for (int sample = 0; sample < 200; sample++)
        {
            preparation.FillAugmented(image, output, seed: 1, round: 2, client: 3, sample, epoch: 4);
            var key = new RandomKey(1, RandomPurpose.Augmentation, 2, 3, (4L << 32) | (uint)sample);
            Assert.Equal(Plain(image, AugmentationDraw.Of(key, 3, 8, 8)), output);
        }
    }

    [Fact]
    public void Draws_AreKeyedByEveryPart_AndReachTheirWholeRange()
    {
        var preparation = new ImagePreparation(1, 4, 4, 0, [0f], [1f / 255], new AugmentationSpec { Crop = 2, Flip = true });
        float[] Fill(ulong seed, int round, int client, int sample, int epoch)
        {
            float[] output = new float[16];
            preparation.FillAugmented(Image, output, seed, round, client, sample, epoch);
            return output;
        }

        Assert.Equal(Fill(1, 2, 3, 4, 5), Fill(1, 2, 3, 4, 5));
        // One pair may agree by chance (1 in 50); all of sixteen do not.
        Assert.False(Enumerable.Range(0, 16).All(i => Fill(1, 2, 3, i, 5).SequenceEqual(Fill(2, 2, 3, i, 5))));
        Assert.False(Enumerable.Range(0, 16).All(i => Fill(1, 2, 3, i, 5).SequenceEqual(Fill(1, 3, 3, i, 5))));
        Assert.False(Enumerable.Range(0, 16).All(i => Fill(1, 2, 3, i, 5).SequenceEqual(Fill(1, 2, 4, i, 5))));
        Assert.False(Enumerable.Range(0, 16).All(i => Fill(1, 2, 3, i, 5).SequenceEqual(Fill(1, 2, 3, i, 6))));
        AugmentationDraw[] draws = [.. Enumerable.Range(0, 500).Select(static i => AugmentationDraw.Of(new RandomKey(1, RandomPurpose.Augmentation, Step: i), 2, 4, 4))];
        Assert.Equal([-2, -1, 0, 1, 2], draws.Select(static d => d.Down).Distinct().Order());
        Assert.Equal([-2, -1, 0, 1, 2], draws.Select(static d => d.Right).Distinct().Order());
        Assert.InRange(draws.Count(static d => d.IsMirrored), 200, 300);
        Assert.Equal([0, 1, 2, 3], draws.Select(static d => d.HoleRow).Distinct().Order());
    }

    [Fact]
    public void Preparation_AllocatesNothing()
    {
        var preparation = new ImagePreparation(1, 4, 4, 6, [0f], [1f / 255], new AugmentationSpec { Crop = 2, Flip = true, Cutout = 2 });
        float[] output = new float[36];
        preparation.FillAugmented(Image, output, 1, 1, 1, 1, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            preparation.FillAugmented(Image, output, 1, 1, 1, i, 1);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void WrongSizes_AreRefused()
    {
        Assert.Throws<DataException>(static () => new ImagePreparation(1, 28, 28, 20, [0f], [1f], new AugmentationSpec()));
        Assert.Throws<DataException>(static () => new ImagePreparation(3, 28, 28, 0, [0f], [1f], new AugmentationSpec()));
        Assert.Throws<DataException>(static () => new ImagePreparation(1, 28, 28, 0, [0f], [0f], new AugmentationSpec()));
        var preparation = new ImagePreparation(1, 4, 4, 0, [0f], [1f], new AugmentationSpec());
        Assert.Throws<ArgumentException>(() => preparation.Fill(Image.AsSpan(1), new float[16]));
        Assert.Throws<ArgumentException>(() => preparation.Fill(Image, new float[15]));
    }

    private static void AssertPrepared(AugmentationSpec spec, AugmentationDraw draw, int[] expected)
    {
        var preparation = new ImagePreparation(1, 4, 4, 0, [0f], [1f / 255], spec);
        float[] output = new float[16];
        preparation.FillAugmented(Image, output, draw);
        Assert.Equal(expected, output.Select(static v => (int)Math.Round(v)));
    }

    /// <summary>5 × 6 padded to 8 × 8, cropped out of 14 × 14, mirrored, normalised, cut; one step after the other.</summary>
    private static float[] Plain(byte[] image, AugmentationDraw draw)
    {
        float[] mean = [0.3f, 0.6f];
        float[] deviation = [0.2f, 0.4f];
        float[] result = new float[2 * 64];
        for (int c = 0; c < 2; c++)
        {
            byte[,] wide = new byte[14, 14];
            for (int y = 0; y < 5; y++)
            {
                for (int x = 0; x < 6; x++)
                    wide[3 + 1 + y, 3 + 1 + x] = image[(c * 30) + (y * 6) + x];
            }

            for (int y = 0; y < 8; y++)
            {
                for (int x = 0; x < 8; x++)
                {
                    int column = draw.IsMirrored ? 7 - x : x;
                    float value = (float)(((wide[y + 3 + draw.Down, column + 3 + draw.Right] / 255.0) - mean[c]) / deviation[c]);
                    bool isHole = Math.Abs(y - draw.HoleRow) <= 1 && Math.Abs(x - draw.HoleColumn) <= 1;
                    result[(c * 64) + (y * 8) + x] = isHole ? 0 : value;
                }
            }
        }

        return result;
    }
}
