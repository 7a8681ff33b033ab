using System.Runtime.Intrinsics;
using Federated.Engine.Layers;

namespace Federated.Engine.Tensors;

/// <summary>
/// Copies between the batch-last layout and vectors of one pixel each: image after image, in an image pixel after pixel (row by row), in a pixel its channels. It is the order in which
/// activations cross a cut, because a token is a pixel.
/// </summary>
/// <param name="data">Activations or gradients of a batch.</param>
/// <param name="geometry">Their geometry.</param>
internal readonly unsafe ref struct PixelTransfer(float* data, Geometry geometry)
{
    /// <summary>Copies <paramref name="pixels"/> pixels from <paramref name="first"/> on of the first <paramref name="count"/> images.</summary>
    public void Read(Span<float> to, int count, int first, int pixels)
    {
        int channels = geometry.Channels;
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            for (int image = 0; image < count; image++)
            {
                float* from = Place(image, first + pixel);
                Span<float> vector = to.Slice(((image * pixels) + pixel) * channels, channels);
                for (int channel = 0; channel < vector.Length; channel++)
                    vector[channel] = from[(long)channel * geometry.PlaneStride];
            }
        }
    }

    /// <summary>Writes the same pixels of the first <paramref name="count"/> of <paramref name="images"/> images; sets all others to zero, and all lanes behind them in their block.</summary>
    public void Write(ReadOnlySpan<float> from, int count, int images, int first, int pixels)
    {
        int channels = geometry.Channels;
        int lanes = Geometry.BlocksFor(images) * Geometry.Lanes;
        for (int pixel = 0; pixel < geometry.Positions; pixel++)
        {
            bool isGiven = pixel >= first && pixel < first + pixels;
            for (int image = 0; image < lanes; image++)
            {
                float* to = Place(image, pixel);
                if (isGiven && image < count)
                {
                    ReadOnlySpan<float> vector = from.Slice(((image * pixels) + pixel - first) * channels, channels);
                    for (int channel = 0; channel < vector.Length; channel++)
                        to[(long)channel * geometry.PlaneStride] = vector[channel];
                }
                else
                {
                    for (long channel = 0; channel < channels; channel++)
                        to[channel * geometry.PlaneStride] = 0;
                }
            }
        }
    }

    /// <summary>Sums the same pixels over <paramref name="count"/> images: each block's lanes by their fixed tree, blocks in ascending order.</summary>
    public void Sum(Span<float> to, int count, int first, int pixels)
    {
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            for (int channel = 0; channel < geometry.Channels; channel++)
            {
                double sum = 0;
                for (int block = 0; block < Geometry.BlocksFor(count); block++)
                {
                    (Vector512<double> low, Vector512<double> high) = Vector512.Widen(
                        Vector512.Load(Place(block * Geometry.Lanes, first + pixel) + ((long)channel * geometry.PlaneStride)) & LaneVectors.Live(count, block));
                    sum += LaneVectors.Sum(low, high);
                }

                to[(pixel * geometry.Channels) + channel] = (float)sum;
            }
        }
    }

    private float* Place(int image, int pixel) => data + ((image / Geometry.Lanes) * geometry.BlockStride) + geometry.Interior
        + (pixel / geometry.Width * geometry.RowStride) + (pixel % geometry.Width * Geometry.Lanes) + (image % Geometry.Lanes);
}
