using Federated.Engine.Randomness;

namespace Federated.Methods.Data;

/// <summary>The random numbers of one augmented image.</summary>
/// <param name="Down">Rows by which the crop's window lies below the image's own, −crop…crop.</param>
/// <param name="Right">Columns by which it lies to the right, −crop…crop.</param>
/// <param name="IsMirrored">Whether the image is mirrored, if mirroring is on.</param>
/// <param name="HoleRow">Row of the cutout's centre.</param>
/// <param name="HoleColumn">Column of the cutout's centre.</param>
internal readonly record struct AugmentationDraw(int Down, int Right, bool IsMirrored, int HoleRow, int HoleColumn)
{
    /// <summary>The draw of one key. Everything is drawn whether it is used or not, so that switching one change on leaves the others as they are.</summary>
    public static AugmentationDraw Of(RandomKey key, int crop, int height, int width)
    {
        var random = new KeyedRandom(key);
        int down = random.Next((2 * crop) + 1) - crop;
        int right = random.Next((2 * crop) + 1) - crop;
        bool isMirrored = (random.NextUInt32() & 1) != 0;
        return new AugmentationDraw(down, right, isMirrored, random.Next(height), random.Next(width));
    }
}
