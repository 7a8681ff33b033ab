namespace Federated.Protocol.Payloads;

/// <summary>
/// Arrays that decoding fills again and again, for an end that decodes many payloads of one shape, one after the other: what a payload's parts hold is overwritten
/// by the next. Not safe for use by several threads at once.
/// </summary>
public sealed class VectorPool
{
    private readonly List<float[]> vectors = [];
    private int taken;

    /// <summary>The next array, of exactly this length; its content is that of an earlier payload.</summary>
    internal float[] Take(int length)
    {
        if (taken == vectors.Count)
            vectors.Add([]);
        if (vectors[taken].Length != length)
            vectors[taken] = GC.AllocateUninitializedArray<float>(length);
        return vectors[taken++];
    }

    /// <summary>All arrays may be taken again.</summary>
    internal void Reset() => taken = 0;
}
