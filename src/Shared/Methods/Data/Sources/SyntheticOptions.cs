namespace Federated.Methods.Data;

/// <summary>The sizes and difficulty of a generated set.</summary>
public sealed record SyntheticOptions
{
    /// <summary>Number of classes, 2 to 1000.</summary>
    public int Classes { get; init; } = 10;

    /// <summary>Channels of an image, 1 to 16.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Rows and columns of an image, 4 to 256.</summary>
    public int Size { get; init; } = 28;

    /// <summary>Training images, 1 to 1,000,000.</summary>
    public int TrainCount { get; init; } = 6_000;

    /// <summary>Test images, 1 to 1,000,000.</summary>
    public int TestCount { get; init; } = 1_000;

    /// <summary>Standard deviation of the noise on every pixel, in steps of 0…255; 0 to 200. The prototypes have a deviation of about 40.</summary>
    public double Noise { get; init; } = 40;

    /// <summary>Number of writers; each has a brightness and contrast of its own and is the samples' natural id. 0: none.</summary>
    public int Writers { get; init; }

    /// <summary>Seed of prototypes, writers and samples.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="DataException">A value is out of its range, or the images do not fit in memory.</exception>
    public void Validate()
    {
        InRange(Classes, 2, 1000, nameof(Classes));
        InRange(Channels, 1, 16, nameof(Channels));
        InRange(Size, 4, 256, nameof(Size));
        InRange(TrainCount, 1, 1_000_000, nameof(TrainCount));
        InRange(TestCount, 1, 1_000_000, nameof(TestCount));
        InRange(Noise, 0, 200, nameof(Noise));
        InRange(Writers, 0, 1_000_000, nameof(Writers));
        long bytes = (long)Math.Max(TrainCount, TestCount) * Channels * Size * Size;
        if (bytes > Array.MaxLength)
            throw new DataException($"synthetic: {Math.Max(TrainCount, TestCount)} images of {Channels}×{Size}×{Size} need {bytes} bytes in one piece, {Array.MaxLength} are possible; make fewer or smaller images");
    }

    private static void InRange(double value, double least, double most, string name)
    {
        if (!(value >= least && value <= most))
            throw new DataException($"synthetic: {name} is {value}; give a value from {least} to {most}");
    }
}
