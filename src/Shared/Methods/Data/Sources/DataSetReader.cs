using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Federated.Methods.Data;

/// <summary>Turns the raw files of a set into a <see cref="DataSet"/>.</summary>
internal static class DataSetReader
{
    /// <summary>Reads a set from files that were found.</summary>
    /// <exception cref="DataException">A file is missing, damaged, or belongs to another set.</exception>
    public static DataSet Read(DataSetInfo info, DataFiles source, CancellationToken cancel)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        (ImageSet train, ImageSet test) = info.Format switch
        {
            DataFormat.Idx => ReadIdx(info, source, hash, cancel),
            DataFormat.Cifar10 or DataFormat.Cifar100 => ReadCifar(info, source, hash, cancel),
            _ => throw new ArgumentException($"{info.Name} has no files", nameof(info)),
        };
        string sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (DataSetCatalog.All.FirstOrDefault(other => string.Equals(other.Sha256, sha256, StringComparison.Ordinal) && other.Name != info.Name) is { } actual)
            throw DataException.InFile(source.Origin, $"it holds {actual.Name}, not {info.Name}", $"ask for {actual.Name}, or give the files of {info.Name}");
        bool? asPublished = info.Sha256 is null ? null : string.Equals(info.Sha256, sha256, StringComparison.Ordinal);
        (ImmutableArray<float> mean, ImmutableArray<float> deviation) = asPublished == true ? (info.Mean, info.Deviation) : ChannelStatistics.Of(train);
        return new DataSet(info.Name, train, test, mean, deviation, sha256) { Origin = source.Origin, IsAsPublished = asPublished };
    }

    private static (ImageSet Train, ImageSet Test) ReadIdx(DataSetInfo info, DataFiles source, IncrementalHash hash, CancellationToken cancel)
    {
        return (Part("train", 0), Part("test", 2));

        ImageSet Part(string part, int first)
        {
            using RawFile images = source.Open(info.Files[first], hash);
            byte[] pixels = IdxReader.ReadImages(images, info.Height, info.Width, cancel);
            using RawFile labelFile = source.Open(info.Files[first + 1], hash);
            int[] labels = IdxReader.ReadLabels(labelFile, info.ClassNames.Length, cancel);
            int count = pixels.Length / (info.Height * info.Width);
            if (count != labels.Length)
                throw DataException.InFile(labelFile.Path, $"it has {labels.Length} labels but {images.Path} has {count} images", "take both files from the same copy of the set");
            return new ImageSet($"{info.Name}/{part}", info.Channels, info.Height, info.Width, info.ClassNames, pixels, labels, []);
        }
    }

    private static (ImageSet Train, ImageSet Test) ReadCifar(DataSetInfo info, DataFiles source, IncrementalHash hash, CancellationToken cancel)
    {
        return (Part("train", info.Files.AsSpan()[..^1]), Part("test", info.Files.AsSpan()[^1..]));

        ImageSet Part(string part, ReadOnlySpan<string> names)
        {
            List<RawFile> files = [];
            try
            {
                foreach (string name in names)
                    files.Add(source.Open(name, hash));
                (byte[] pixels, int[] labels, int[] coarse) = CifarReader.Read(files, info.Format == DataFormat.Cifar100, info.ClassNames.Length, cancel);
                return new ImageSet($"{info.Name}/{part}", info.Channels, info.Height, info.Width, info.ClassNames, pixels, labels, coarse);
            }
            finally
            {
                files.ForEach(file => file.Dispose());
            }
        }
    }
}
