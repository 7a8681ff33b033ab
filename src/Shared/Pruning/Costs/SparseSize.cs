using Federated.Engine.Parameters;

namespace Federated.Pruning.Costs;

/// <summary>Bytes of a masked model: 32-bit values and the positions of those that are kept. Tensors that keep everything, as biases do, have no positions.</summary>
/// <param name="ValueBytes">Bytes of the values.</param>
/// <param name="IndexBytes">Bytes of the positions.</param>
public readonly record struct SparseSize(long ValueBytes, long IndexBytes)
{
    /// <summary>Values and positions.</summary>
    public long TotalBytes => ValueBytes + IndexBytes;

    /// <summary>The size of <paramref name="mask"/>'s model in the given form; a bitmap takes ⌈n/8⌉ bytes per tensor.</summary>
    public static SparseSize Of(Mask mask, IndexForm form)
    {
        long indexBytes = 0;
        for (int t = 0; t < mask.Layout.Tensors.Length; t++)
        {
            if (mask[t] is { } kept)
            {
                indexBytes += form switch
                {
                    IndexForm.None => 0,
                    IndexForm.Coordinates => (long)sizeof(int) * kept.Count,
                    IndexForm.Bitmap => (kept.Length + 7) / 8,
                    _ => throw new ArgumentOutOfRangeException(nameof(form), form, "Unknown form of index."),
                };
            }
        }

        return new SparseSize((long)sizeof(float) * mask.Count, indexBytes);
    }
}
