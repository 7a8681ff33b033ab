using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Federated.Methods.Data;

/// <summary>
/// Labelled images of one size, as bytes 0…255. Immutable and safe to read from any thread; all clients share one copy and hold only lists of sample numbers.
/// </summary>
public sealed class ImageSet
{
    private const int CacheLine = 64;

    private readonly byte[] pixels;
    private readonly int[] labels;
    private readonly int[] naturalIds;
    private readonly int sampleLength;

    /// <summary>A set over the given arrays, which it keeps and nobody may change afterwards.</summary>
    /// <param name="name">Name for messages, for example <c>cifar-10/train</c>.</param>
    /// <param name="channels">Colour channels, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="classNames">One name per class; labels are positions in it.</param>
    /// <param name="pixels">Count × channels × height × width bytes: sample by sample, channel by channel, row by row.</param>
    /// <param name="labels">One label per sample, each in [0, classes).</param>
    /// <param name="naturalIds">One group per sample (writer, device, superclass), each at least 0; empty where the set has none.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together, or a label or group is out of its range.</exception>
    public ImageSet(string name, int channels, int height, int width, IReadOnlyList<string> classNames, byte[] pixels, int[] labels, int[] naturalIds)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(classNames);
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(naturalIds);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfZero(classNames.Count, nameof(classNames));
        sampleLength = checked(channels * height * width);
        if (pixels.LongLength != (long)labels.Length * sampleLength)
            throw new ArgumentException($"{labels.Length} samples of {channels}×{height}×{width} need {(long)labels.Length * sampleLength} bytes, not {pixels.LongLength}", nameof(pixels));
        if (naturalIds.Length != 0 && naturalIds.Length != labels.Length)
            throw new ArgumentException($"{labels.Length} samples need as many natural ids or none, not {naturalIds.Length}", nameof(naturalIds));
        if (labels.AsSpan().ContainsAnyExceptInRange(0, classNames.Count - 1))
            throw new ArgumentException($"a label is outside [0, {classNames.Count})", nameof(labels));
        if (naturalIds.AsSpan().ContainsAnyExceptInRange(0, int.MaxValue))
            throw new ArgumentException("a natural id is negative", nameof(naturalIds));
        Name = name;
        Channels = channels;
        Height = height;
        Width = width;
        ClassNames = classNames;
        this.pixels = pixels;
        this.labels = labels;
        this.naturalIds = naturalIds;
    }

    /// <summary>Name for messages, for example <c>cifar-10/train</c>.</summary>
    public string Name { get; }

    /// <summary>Number of samples.</summary>
    public int Count => labels.Length;

    /// <summary>Colour channels of one image.</summary>
    public int Channels { get; }

    /// <summary>Rows of one image.</summary>
    public int Height { get; }

    /// <summary>Columns of one image.</summary>
    public int Width { get; }

    /// <summary>Number of classes; labels lie in [0, Classes).</summary>
    public int Classes => ClassNames.Count;

    /// <summary>The name of each class, by label.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>All labels, by sample.</summary>
    public ReadOnlySpan<int> Labels => labels;

    /// <summary>The group each sample came from (writer, device, superclass), by sample; empty where the set has none.</summary>
    public ReadOnlySpan<int> NaturalIds => naturalIds;

    /// <summary>The bytes of one image: channels × height × width, channel by channel, row by row.</summary>
    /// <param name="sample">Number of the sample in [0, Count).</param>
    public ReadOnlySpan<byte> Pixels(int sample)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)sample, (uint)labels.Length, nameof(sample));
        return pixels.AsSpan(sample * sampleLength, sampleLength);
    }

    /// <summary>The label of one image.</summary>
    /// <param name="sample">Number of the sample in [0, Count).</param>
    public int Label(int sample) => labels[sample];

    /// <summary>
    /// Asks for the bytes of an image that is soon read: a client's samples lie scattered over the set, where the processor cannot guess the next. Does
    /// nothing where there is no instruction for it.
    /// </summary>
    public unsafe void Prefetch(int sample)
    {
        if (!Sse.IsSupported)
            return;
        // No address is followed, so that an array which moves meanwhile costs a wasted request and nothing else.
        byte* first = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Pixels(sample)));
        for (int line = 0; line < sampleLength; line += CacheLine)
            Sse.Prefetch0(first + line);
    }

    /// <summary>All images one after the other.</summary>
    internal ReadOnlySpan<byte> AllPixels => pixels;
}
