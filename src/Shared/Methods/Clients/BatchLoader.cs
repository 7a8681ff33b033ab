using Federated.Engine.Networks;
using Federated.Engine.Tensors;
using Federated.Methods.Data;

namespace Federated.Methods.Clients;

/// <summary>Prepares samples and puts them into a network's input, the same way on any machine. Not safe for use by several threads at once.</summary>
/// <param name="preparation">How bytes become the network's input.</param>
/// <param name="seed">The seed that random changes of images are drawn from.</param>
/// <param name="largestBatch">The most samples of a batch.</param>
public sealed class BatchLoader(ImagePreparation preparation, ulong seed, int largestBatch)
{
    // What a network takes at once.
    private const int BlockImages = Geometry.Lanes;

    private readonly float[] images = new float[BlockImages * preparation.Length];
    private readonly int[] labels = new int[largestBatch];

    /// <summary>Labels of the first <paramref name="count"/> images of the batch.</summary>
    public ReadOnlySpan<int> Labels(int count) => labels.AsSpan(0, count);

    /// <summary>
    /// Puts samples into a network's input, a block of sixteen images at a time: it is prepared in a buffer that the second-level cache holds, and transposed into the network's input at once.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="set">Where the samples are from.</param>
    /// <param name="samples">Their numbers.</param>
    /// <param name="augmented">Names the draw of the random changes; null makes none.</param>
    public void Load(Network network, ImageSet set, ReadOnlySpan<int> samples, AugmentationKey? augmented)
    {
        int length = preparation.Length;
        for (int start = 0; start < samples.Length; start += BlockImages)
        {
            ReadOnlySpan<int> block = samples.Slice(start, Math.Min(BlockImages, samples.Length - start));
            for (int i = 0; i < block.Length; i++)
            {
                int sample = block[i];
                if (start + i + 1 < samples.Length)
                    set.Prefetch(samples[start + i + 1]);
                Span<float> image = images.AsSpan(i * length, length);
                if (augmented is { } key)
                    preparation.FillAugmented(set.Pixels(sample), image, seed, key.Round, key.Client, sample, key.Epoch);
                else
                    preparation.Fill(set.Pixels(sample), image);
                labels[start + i] = set.Label(sample);
            }

            network.SetImages(start / BlockImages, images.AsSpan(0, block.Length * length));
        }
    }
}
