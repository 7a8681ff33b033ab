using Federated.Methods.Data;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>A data set of the same images whose training samples have other classes.</summary>
internal static class Relabelled
{
    /// <summary>The set with the labels that <paramref name="labelOf"/> makes of a sample's number and its label.</summary>
    public static DataSet Of(DataSet data, Func<int, int, int> labelOf)
    {
        ImageSet images = data.Train;
        byte[] pixels = [.. Enumerable.Range(0, images.Count).SelectMany(sample => images.Pixels(sample).ToArray())];
        int[] labels = [.. Enumerable.Range(0, images.Count).Select(sample => labelOf(sample, images.Label(sample)))];
        return data with { Train = new ImageSet(images.Name, images.Channels, images.Height, images.Width, images.ClassNames, pixels, labels, images.NaturalIds.ToArray()) };
    }
}
