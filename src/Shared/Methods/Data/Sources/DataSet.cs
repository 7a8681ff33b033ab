using System.Collections.Immutable;

namespace Federated.Methods.Data;

/// <summary>A data set ready for use: the split of its publishers and what is needed to normalise it.</summary>
/// <param name="Name">Its name in <see cref="DataSetCatalog"/>.</param>
/// <param name="Train">The training images.</param>
/// <param name="Test">The test images.</param>
/// <param name="Mean">Mean of x/255 over the training images, per channel.</param>
/// <param name="Deviation">Standard deviation of x/255 over the training images, per channel; positive.</param>
/// <param name="Sha256">
/// SHA-256, in lower-case hexadecimal, of the raw (uncompressed) files put one after the other in the order of <see cref="DataSetInfo.Files"/>;
/// for the synthetic set, of training pixels, training labels, test pixels, test labels (32-bit little-endian labels).
/// </param>
public sealed record DataSet(string Name, ImageSet Train, ImageSet Test, ImmutableArray<float> Mean, ImmutableArray<float> Deviation, string Sha256)
{
    /// <summary>Where it was read from, for reports: a folder, an archive, or "generated".</summary>
    public string Origin { get; init; } = "generated";

    /// <summary>Whether the content is, byte for byte, the one its authors published; null where the catalogue does not know that content's SHA-256.</summary>
    public bool? IsAsPublished { get; init; }
}
