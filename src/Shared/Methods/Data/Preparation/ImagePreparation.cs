using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Federated.Engine.Randomness;
using Federated.Methods.Experiments;

namespace Federated.Methods.Data;

/// <summary>
/// Turns the bytes of an image into the floats that a network reads: zero padding to the network's size, random crop from a wider zero border, horizontal flip,
/// normalisation (x/255 − mean)/deviation per channel, and cutout (DeVries and Taylor 2017, arXiv 1708.04552), in this order. Padding and border are black pixels
/// before normalisation; the cutout's hole is zero after it, which is the channel's mean. Immutable; safe from any thread; allocates nothing per image.
/// </summary>
public sealed class ImagePreparation
{
    private readonly int channels;
    private readonly int sourceHeight;
    private readonly int sourceWidth;
    private readonly int top;
    private readonly int left;
    private readonly int crop;
    private readonly bool flip;
    private readonly int cutout;

    // One table of 256 normalised values per channel: a byte has no other values, and each is rounded once, from double precision.
    private readonly float[] normalized;

    /// <summary>The preparation that an experiment asks for.</summary>
    /// <exception cref="DataException">The padded size is smaller than the images, or the numbers of channels differ.</exception>
    public ImagePreparation(DataSet set, DataSpec spec)
        : this(set.Train.Channels, set.Train.Height, set.Train.Width, spec.PadTo, set.Mean.AsSpan(), set.Deviation.AsSpan(), spec.Augmentation)
    {
    }

    /// <summary>A preparation for images of one size.</summary>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="padTo">Rows and columns after padding, centred; 0 leaves the size as it is.</param>
    /// <param name="mean">Mean of x/255 per channel.</param>
    /// <param name="deviation">Standard deviation of x/255 per channel, positive.</param>
    /// <param name="augmentation">Random changes of training images.</param>
    /// <exception cref="DataException">The padded size is smaller than the images, or the statistics do not fit the channels.</exception>
    public ImagePreparation(int channels, int height, int width, int padTo, ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, AugmentationSpec augmentation)
    {
        if (padTo != 0 && (padTo < height || padTo < width))
            throw new DataException($"Images of {height}×{width} cannot be padded to {padTo}×{padTo}; pad to {Math.Max(height, width)} or more, or to 0 to leave them");
        if (mean.Length != channels || deviation.Length != channels)
            throw new DataException($"Images of {channels} channels need as many means and deviations, not {mean.Length} and {deviation.Length}");
        this.channels = channels;
        sourceHeight = height;
        sourceWidth = width;
        Height = padTo == 0 ? height : padTo;
        Width = padTo == 0 ? width : padTo;
        top = (Height - height) / 2;
        left = (Width - width) / 2;
        crop = augmentation.Crop;
        flip = augmentation.Flip;
        cutout = augmentation.Cutout;
        normalized = new float[channels * 256];
        for (int channel = 0; channel < channels; channel++)
        {
            if (!(deviation[channel] > 0))
                throw new DataException($"The deviation of channel {channel} is {deviation[channel]}; use 1 for a channel that never varies");
            for (int value = 0; value < 256; value++)
                normalized[(channel * 256) + value] = (float)(((value / 255.0) - mean[channel]) / deviation[channel]);
        }
    }

    /// <summary>Rows of a prepared image.</summary>
    public int Height { get; }

    /// <summary>Columns of a prepared image.</summary>
    public int Width { get; }

    /// <summary>Floats of a prepared image: channels × height × width.</summary>
    public int Length => channels * Height * Width;

    /// <summary>Prepares an image for evaluation: padding and normalisation only.</summary>
    /// <param name="pixels">The image's bytes, channel by channel, row by row.</param>
    /// <param name="output">Receives <see cref="Length"/> floats in the same order.</param>
    public void Fill(ReadOnlySpan<byte> pixels, Span<float> output)
    {
        RequireLengths(pixels, output);
        Copy(pixels, output, 0, 0, isMirrored: false);
    }

    /// <summary>Prepares an image for training, with the random changes that belong to (seed, round, client, sample, epoch).</summary>
    /// <param name="pixels">The image's bytes, channel by channel, row by row.</param>
    /// <param name="output">Receives <see cref="Length"/> floats in the same order.</param>
    /// <param name="seed">The experiment's seed.</param>
    /// <param name="round">The round.</param>
    /// <param name="client">The client's number.</param>
    /// <param name="sample">The sample's number in the data set.</param>
    /// <param name="epoch">The epoch within the round, from 0.</param>
    public void FillAugmented(ReadOnlySpan<byte> pixels, Span<float> output, ulong seed, int round, int client, int sample, int epoch)
    {
        // Nothing would be done with the draw: no other number depends on whether it is made.
        if (crop == 0 && !flip && cutout == 0)
        {
            Fill(pixels, output);
            return;
        }

        var key = new RandomKey(seed, RandomPurpose.Augmentation, round, client, ((long)epoch << 32) | (uint)sample);
        FillAugmented(pixels, output, AugmentationDraw.Of(key, crop, Height, Width));
    }

    /// <summary>Prepares an image for training with the given draw.</summary>
    internal void FillAugmented(ReadOnlySpan<byte> pixels, Span<float> output, AugmentationDraw draw)
    {
        RequireLengths(pixels, output);
        Copy(pixels, output, draw.Down, draw.Right, flip && draw.IsMirrored);
        if (cutout > 0)
            Cut(output, draw.HoleRow - (cutout / 2), draw.HoleColumn - (cutout / 2));
    }

    private void RequireLengths(ReadOnlySpan<byte> pixels, Span<float> output)
    {
        if (pixels.Length != channels * sourceHeight * sourceWidth)
            throw new ArgumentException($"An image of {channels}×{sourceHeight}×{sourceWidth} has {channels * sourceHeight * sourceWidth} bytes, not {pixels.Length}.", nameof(pixels));
        if (output.Length != Length)
            throw new ArgumentException($"A prepared image takes {Length} floats, not {output.Length}.", nameof(output));
    }

    /// <summary>Normalises the window that starts <paramref name="down"/> rows and <paramref name="right"/> columns into the padded image; outside it is black.</summary>
    private void Copy(ReadOnlySpan<byte> pixels, Span<float> output, int down, int right, bool isMirrored)
    {
        // Columns of the window that show the image: source column = x + right − left.
        int first = Math.Clamp(left - right, 0, Width);
        int last = Math.Clamp(left - right + sourceWidth, first, Width);
        int sourceFirst = first + right - left;
        int count = last - first;
        int target = isMirrored ? Width - last : first;
        // An image that fills the window as it is has no rows to tell apart.
        if (down == top && sourceHeight == Height && count == Width && !isMirrored)
        {
            int plane = Height * Width;
            for (int channel = 0; channel < channels; channel++)
                Normalize(pixels.Slice(channel * plane, plane), output.Slice(channel * plane, plane), normalized.AsSpan(channel * 256, 256), isMirrored: false);
            return;
        }

        for (int channel = 0; channel < channels; channel++)
        {
            ReadOnlySpan<float> table = normalized.AsSpan(channel * 256, 256);
            for (int y = 0; y < Height; y++)
            {
                Span<float> row = output.Slice(((channel * Height) + y) * Width, Width);
                int sourceRow = y + down - top;
                if ((uint)sourceRow >= (uint)sourceHeight || count == 0)
                {
                    row.Fill(table[0]);
                    continue;
                }

                row[..target].Fill(table[0]);
                row[(target + count)..].Fill(table[0]);
                ReadOnlySpan<byte> source = pixels.Slice((((channel * sourceHeight) + sourceRow) * sourceWidth) + sourceFirst, count);
                Normalize(source, row.Slice(target, count), table, isMirrored);
            }
        }
    }

    private static void Normalize(ReadOnlySpan<byte> source, Span<float> row, ReadOnlySpan<float> table, bool isMirrored)
    {
        // A byte cannot leave a table of 256, and both rows have one length; the checks would double the time of this loop.
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(row);
        ref float value = ref MemoryMarshal.GetReference(table);
        if (isMirrored)
        {
            for (int x = 0; x < source.Length; x++)
                Unsafe.Add(ref to, source.Length - 1 - x) = Unsafe.Add(ref value, (int)Unsafe.Add(ref from, x));
        }
        else
        {
            // Eight bytes by one load; what is left of the loop is one look-up and one store for each.
            int x = 0;
            for (; x <= source.Length - 8; x += 8)
            {
                ulong eight = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, x));
                if (!BitConverter.IsLittleEndian)
                    eight = BinaryPrimitives.ReverseEndianness(eight);
                Unsafe.Add(ref to, x) = Unsafe.Add(ref value, (nint)(byte)eight);
                Unsafe.Add(ref to, x + 1) = Unsafe.Add(ref value, (nint)(byte)(eight >> 8));
                Unsafe.Add(ref to, x + 2) = Unsafe.Add(ref value, (nint)(byte)(eight >> 16));
                Unsafe.Add(ref to, x + 3) = Unsafe.Add(ref value, (nint)(byte)(eight >> 24));
                Unsafe.Add(ref to, x + 4) = Unsafe.Add(ref value, (nint)(byte)(eight >> 32));
                Unsafe.Add(ref to, x + 5) = Unsafe.Add(ref value, (nint)(byte)(eight >> 40));
                Unsafe.Add(ref to, x + 6) = Unsafe.Add(ref value, (nint)(byte)(eight >> 48));
                Unsafe.Add(ref to, x + 7) = Unsafe.Add(ref value, (nint)(eight >> 56));
            }

            for (; x < source.Length; x++)
                Unsafe.Add(ref to, x) = Unsafe.Add(ref value, (int)Unsafe.Add(ref from, x));
        }
    }

    private void Cut(Span<float> output, int firstRow, int firstColumn)
    {
        int rowStart = Math.Max(firstRow, 0);
        int rowEnd = Math.Min(firstRow + cutout, Height);
        int columnStart = Math.Max(firstColumn, 0);
        int columnEnd = Math.Min(firstColumn + cutout, Width);
        for (int channel = 0; channel < channels; channel++)
        {
            for (int y = rowStart; y < rowEnd; y++)
                output[((((channel * Height) + y) * Width) + columnStart)..((((channel * Height) + y) * Width) + columnEnd)].Clear();
        }
    }
}
