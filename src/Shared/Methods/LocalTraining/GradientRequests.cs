using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.LocalTraining;

/// <summary>How requests for gradients cross, and how the gradients come back.</summary>
internal static class GradientRequests
{
    /// <summary>Requests as scalars: one integer per tensor, the tensor in the upper and the count in the lower half.</summary>
    public static ScalarsPart ToPart(IReadOnlyList<GradientRequest> requests) =>
        new([.. requests.Select(static (r, i) => Scalar.Of(ScalarKey.FirstGradientRequest + i, ((long)r.Tensor << 32) | (uint)r.Count))]);

    /// <summary>The requests in a received payload; none when there are none.</summary>
    /// <exception cref="ClientAnswerException">A request is for a tensor that the network does not have, or comes twice.</exception>
    public static IReadOnlyList<GradientRequest> FromPayload(Payload received, ParameterLayout layout)
    {
        if (received.Find<ScalarsPart>() is not { } scalars)
            return [];
        var requests = new List<GradientRequest>();
        foreach (Scalar scalar in scalars.Scalars)
        {
            if (scalar.Key < ScalarKey.FirstGradientRequest)
                continue;
            long tensor = scalar.IsInteger ? scalar.Integer >> 32 : -1;
            if (tensor < 0 || tensor >= layout.Tensors.Length || requests.Exists(request => request.Tensor == tensor))
                throw new ClientAnswerException($"The payload from the server asks for gradients of tensor {tensor} of {layout.Tensors.Length}, or twice: coordinator and node are of different versions.");
            requests.Add(new GradientRequest((int)tensor, (int)Math.Min((uint)scalar.Integer, layout.Tensors[(int)tensor].Count)));
        }

        return requests;
    }

    /// <summary>What the probe collected, tensors ascending.</summary>
    public static TopGradientsPart Collect(GradientProbe probe, IReadOnlyList<GradientRequest> requests, ParameterLayout layout) =>
        new(requests.OrderBy(static r => r.Tensor).Select(request =>
        {
            (int[] indices, float[] values) = probe[request.Tensor]!.ToSorted();
            return new TensorGradients(request.Tensor, layout.Tensors[request.Tensor].Count, indices, values);
        }));

    /// <summary>An answer of the right size without training behind it: the first pruned positions, evenly spread, all with the same gradient.</summary>
    public static TopGradientsPart? Planned(Mask mask, IReadOnlyList<GradientRequest> requests)
    {
        if (requests.Count == 0)
            return null;
        return new TopGradientsPart(requests.OrderBy(static r => r.Tensor).Select(request =>
        {
            int length = mask.Layout.Tensors[request.Tensor].Count;
            int[] pruned = mask[request.Tensor] is { } kept ? BitSet.Full(length).Except(kept).ToPositions() : [];
            int[] indices = [.. Enumerable.Range(0, Math.Min(request.Count, pruned.Length)).Select(i => pruned[(long)i * pruned.Length / request.Count])];
            return new TensorGradients(request.Tensor, length, indices, [.. Enumerable.Repeat(1f, indices.Length)]);
        }));
    }
}
