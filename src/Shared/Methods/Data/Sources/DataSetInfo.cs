using System.Collections.Immutable;

namespace Federated.Methods.Data;

/// <summary>The form of a data set's files.</summary>
public enum DataFormat
{
    /// <summary>Made by the program, no files.</summary>
    Synthetic,

    /// <summary>The IDX files of MNIST (LeCun), plain or gzip: images and labels apart.</summary>
    Idx,

    /// <summary>CIFAR-10's binary version (Krizhevsky 2009): records of label, red, green and blue plane.</summary>
    Cifar10,

    /// <summary>CIFAR-100's binary version: records of coarse label, fine label, red, green and blue plane.</summary>
    Cifar100,
}

/// <summary>A file that the publishers offer for download.</summary>
/// <param name="Address">Its full address.</param>
/// <param name="Name">The name it gets in the data folder.</param>
/// <param name="Checksum"><c>sha256:…</c> or <c>md5:…</c> of the file as served, in lower-case hexadecimal.</param>
/// <param name="Length">Its length in bytes where known, otherwise null.</param>
public sealed record RemoteFile(Uri Address, string Name, string Checksum, long? Length = null);

/// <summary>What is known about a data set before any of its bytes are read.</summary>
/// <param name="Name">The name used in experiment files and on the command line.</param>
/// <param name="Title">One line for people.</param>
/// <param name="Format">The form of its files.</param>
/// <param name="Channels">Colour channels of an image.</param>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <param name="ClassNames">The class names, by label.</param>
/// <param name="TrainCount">Training images as published.</param>
/// <param name="TestCount">Test images as published.</param>
public sealed record DataSetInfo(
    string Name, string Title, DataFormat Format, int Channels, int Height, int Width, ImmutableArray<string> ClassNames, int TrainCount, int TestCount)
{
    /// <summary>The raw files in the order in which they are hashed: training first.</summary>
    public ImmutableArray<string> Files { get; init; } = [];

    /// <summary>Mean of x/255 over the published training images, per channel; empty where it is computed from the data.</summary>
    public ImmutableArray<float> Mean { get; init; } = [];

    /// <summary>Standard deviation of x/255 over the published training images, per channel; empty where it is computed from the data.</summary>
    public ImmutableArray<float> Deviation { get; init; } = [];

    /// <summary>SHA-256 of the published content, as in <see cref="DataSet.Sha256"/>; null where it is not known for sure.</summary>
    public string? Sha256 { get; init; }

    /// <summary>What the publishers offer for download.</summary>
    public ImmutableArray<RemoteFile> Downloads { get; init; } = [];

    /// <summary>The package of Debian and Ubuntu that holds the set; null where there is none.</summary>
    public string? DebianPackage { get; init; }

    /// <summary>Subfolders of a data folder in which other tools keep these files.</summary>
    public ImmutableArray<string> Subfolders { get; init; } = [];
}
