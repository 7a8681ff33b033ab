namespace Federated.Engine.Tests.Reference;

/// <summary>Layers that treat each value by itself.</summary>
internal static class ReferenceElementwise
{
    public static ReferenceTensor Relu(ReferenceTensor x) => x.Map(static v => Math.Max(v, 0));

    public static ReferenceTensor ReluBackward(ReferenceTensor x, ReferenceTensor dy)
        => new(x.Shape, [.. x.Values.Zip(dy.Values, static (v, d) => v > 0 ? d : 0)]);

    /// <summary>Keeps the values of the mask and scales them by 1/(1 − rate); the backward pass is the same map.</summary>
    public static ReferenceTensor Dropout(ReferenceTensor x, bool[] kept, double rate)
        => new(x.Shape, [.. x.Values.Zip(kept, (v, keep) => keep ? v / (1 - rate) : 0)]);
}
