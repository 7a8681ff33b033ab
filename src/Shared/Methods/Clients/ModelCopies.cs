namespace Federated.Methods.Clients;

/// <summary>
/// What a worker's client answers with, in arrays that the next client overwrites: an answer is encoded before its worker goes on. One array for each, of exactly the
/// length of what is copied, because a payload's part holds a whole array.
/// </summary>
public sealed class ModelCopies
{
    private float[] values = [];
    private float[] statistics = [];

    /// <summary>A copy of trainable values.</summary>
    public float[] OfValues(ReadOnlySpan<float> source) => Copy(source, ref values);

    /// <summary>A copy of running statistics.</summary>
    public float[] OfStatistics(ReadOnlySpan<float> source) => Copy(source, ref statistics);

    private static float[] Copy(ReadOnlySpan<float> source, ref float[] copy)
    {
        if (copy.Length != source.Length)
            copy = GC.AllocateUninitializedArray<float>(source.Length);
        source.CopyTo(copy);
        return copy;
    }
}
