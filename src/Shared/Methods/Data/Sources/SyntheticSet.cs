using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Federated.Engine.Randomness;

namespace Federated.Methods.Data;

/// <summary>
/// Generates a learnable set: each class has a smooth random prototype; a sample is its class's prototype, moved by up to two pixels,
/// with its own contrast, its writer's brightness and contrast, and noise on every pixel. Sample i has class i mod classes.
/// Every sample is keyed by its number, so that a longer set begins with the shorter one.
/// </summary>
public static class SyntheticSet
{
    private const int Grid = 6;
    private const double PrototypeDeviation = 40;

    // Streams within RandomPurpose.Synthetic, told apart by the key's client field.
    private const int TrainStream = 0;
    private const int TestStream = 1;
    private const int PrototypeStream = 2;
    private const int WriterStream = 3;

    /// <summary>Generates training and test images.</summary>
    /// <exception cref="DataException">An option is out of its range.</exception>
    public static DataSet Create(SyntheticOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        double[][] prototypes = [.. Enumerable.Range(0, options.Classes).Select(label => Prototype(options, label))];
        ImmutableArray<string> names = DataClassNames.Numbered(options.Classes);
        ImageSet train = Samples(options, "train", TrainStream, options.TrainCount, prototypes, names);
        ImageSet test = Samples(options, "test", TestStream, options.TestCount, prototypes, names);
        (ImmutableArray<float> mean, ImmutableArray<float> deviation) = ChannelStatistics.Of(train);
        return new DataSet("synthetic", train, test, mean, deviation, Hash(train, test));
    }

    /// <summary>A coarse grid of normal numbers per channel, blown up by bilinear interpolation, with mean 0 and the same deviation for each class.</summary>
    private static double[] Prototype(SyntheticOptions options, int label)
    {
        int size = options.Size;
        KeyedRandom random = new(new RandomKey(options.Seed, RandomPurpose.Synthetic, Client: PrototypeStream, Step: label));
        double[] image = new double[options.Channels * size * size];
        double[] grid = new double[Grid * Grid];
        double scale = (Grid - 1) / (double)(size - 1);
        for (int channel = 0; channel < options.Channels; channel++)
        {
            for (int i = 0; i < grid.Length; i++)
                grid[i] = random.NextNormal();
            for (int y = 0; y < size; y++)
            {
                (int top, double down) = Cell(y * scale);
                for (int x = 0; x < size; x++)
                {
                    (int left, double right) = Cell(x * scale);
                    double upper = (grid[(top * Grid) + left] * (1 - right)) + (grid[(top * Grid) + left + 1] * right);
                    double lower = (grid[((top + 1) * Grid) + left] * (1 - right)) + (grid[((top + 1) * Grid) + left + 1] * right);
                    image[(((channel * size) + y) * size) + x] = (upper * (1 - down)) + (lower * down);
                }
            }
        }

        double mean = 0;
        foreach (double value in image)
            mean += value;
        mean /= image.Length;
        double variance = 0;
        foreach (double value in image)
            variance += (value - mean) * (value - mean);
        double gain = PrototypeDeviation / Math.Sqrt(variance / image.Length);
        for (int i = 0; i < image.Length; i++)
            image[i] = (image[i] - mean) * gain;
        return image;
    }

    private static (int Cell, double Part) Cell(double position)
    {
        int cell = Math.Min((int)position, Grid - 2);
        return (cell, position - cell);
    }

    private static ImageSet Samples(SyntheticOptions options, string part, int stream, int count, double[][] prototypes, ImmutableArray<string> names)
    {
        int size = options.Size;
        int length = options.Channels * size * size;
        byte[] pixels = new byte[count * length];
        int[] labels = new int[count];
        int[] writers = new int[options.Writers > 0 ? count : 0];

        // The sum of four uniform bytes has mean 510 and variance 4·(256² − 1)/12: a cheap and nearly normal noise from one draw.
        double noise = options.Noise / Math.Sqrt(4 * ((256.0 * 256) - 1) / 12);
        for (int sample = 0; sample < count; sample++)
        {
            KeyedRandom random = new(new RandomKey(options.Seed, RandomPurpose.Synthetic, Client: stream, Step: sample));
            labels[sample] = sample % options.Classes;
            double[] prototype = prototypes[labels[sample]];
            int shift = size >= 8 ? 2 : 0;
            int downBy = random.Next((2 * shift) + 1) - shift;
            int rightBy = random.Next((2 * shift) + 1) - shift;
            double contrast = 0.75 + (0.5 * random.NextDouble());
            double brightness = 128;
            if (options.Writers > 0)
            {
                writers[sample] = random.Next(options.Writers);
                KeyedRandom writer = new(new RandomKey(options.Seed, RandomPurpose.Synthetic, Client: WriterStream, Step: writers[sample]));
                brightness += 60 * (writer.NextDouble() - 0.5);
                contrast *= 0.75 + (0.5 * writer.NextDouble());
            }

            Span<byte> image = pixels.AsSpan(sample * length, length);
            for (int channel = 0; channel < options.Channels; channel++)
            {
                for (int y = 0; y < size; y++)
                {
                    int row = ((channel * size) + Math.Clamp(y - downBy, 0, size - 1)) * size;
                    for (int x = 0; x < size; x++)
                    {
                        uint draw = random.NextUInt32();
                        int sum = (int)((draw & 255) + ((draw >> 8) & 255) + ((draw >> 16) & 255) + (draw >> 24)) - 510;
                        double value = brightness + (contrast * prototype[row + Math.Clamp(x - rightBy, 0, size - 1)]) + (noise * sum);
                        image[(((channel * size) + y) * size) + x] = (byte)Math.Clamp(Math.Round(value), 0, 255);
                    }
                }
            }
        }

        return new ImageSet($"synthetic/{part}", options.Channels, size, size, names, pixels, labels, writers);
    }

    private static string Hash(ImageSet train, ImageSet test)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ImageSet images in new[] { train, test })
        {
            hash.AppendData(images.AllPixels);
            int[] labels = images.Labels.ToArray();
            if (!BitConverter.IsLittleEndian)
                System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(labels, labels);
            hash.AppendData(MemoryMarshal.AsBytes(labels.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
