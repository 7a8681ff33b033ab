using System.Collections.Immutable;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;

namespace Federated.Methods.LocalTraining;

/// <summary>Checks of the gradients that clients report: of the tensors that were asked for, of pruned weights, and not more than were asked for.</summary>
internal static class ReportedGradients
{
    /// <summary>A client's gradients, one entry for each request.</summary>
    /// <exception cref="ClientAnswerException">They are not what was asked for.</exception>
    public static ImmutableArray<TensorGradients> Require(ClientDescription client, Payload answer, IReadOnlyList<GradientRequest> requests, Mask mask)
    {
        if (requests.Count == 0)
            return answer.Find<TopGradientsPart>() is null ? [] : throw new ClientAnswerException($"{client.Name} answered with gradients that nobody asked for.");
        ImmutableArray<TensorGradients> tensors = answer.Require<TopGradientsPart>(client, TrainLocally.TaskName).Tensors;
        if (tensors.Length != requests.Count)
            throw new ClientAnswerException($"{client.Name} answered with gradients of {tensors.Length} tensors where {requests.Count} are asked for.");
        for (int i = 0; i < tensors.Length; i++)
            Require(client, tensors[i], requests[i], mask);
        return tensors;
    }

    /// <summary>The sum of the gradients of one tensor in a combined answer.</summary>
    /// <exception cref="AnswerRefusedException">It is not of what was asked for.</exception>
    public static SparseExactSum Decode(ReadOnlyMemory<byte> bytes, GradientRequest request, Mask mask, long weight, int clients)
    {
        try
        {
            (SparseExactSum sum, int[] indices) = SparsePartialSum.Decode(bytes.Span, Length(request, mask), LargestCount(request, mask, clients));
            FoldReading.RequireWeight(sum.TotalWeight, weight, "gradients");
            int kept = FirstKept(indices, mask[request.Tensor]);
            return kept < 0 ? sum : throw new AnswerRefusedException(RefusalReason.Malformed, $"The sum of the gradients of {Name(request, mask)} names weight {kept}, which is not pruned.");
        }
        catch (PayloadException e)
        {
            throw FoldReading.Refused(e);
        }
    }

    /// <summary>The most bytes that the sum of the gradients of one tensor takes.</summary>
    public static long LargestBytes(GradientRequest request, Mask mask, long weight, int clients) =>
        SparsePartialSum.LargestBytes(Length(request, mask), LargestCount(request, mask, clients), weight);

    private static void Require(ClientDescription client, TensorGradients gradients, GradientRequest request, Mask mask)
    {
        if (gradients.Tensor != request.Tensor)
            throw new ClientAnswerException($"{client.Name} answered with gradients of tensor {gradients.Tensor} where those of {request.Tensor}, {Name(request, mask)}, are asked for.");
        if (gradients.Indices.Length > request.Count)
            throw new ClientAnswerException($"{client.Name} answered with {gradients.Indices.Length} gradients of {Name(request, mask)} where {request.Count} are asked for.");
        int kept = FirstKept(gradients.Indices, mask[request.Tensor]);
        if (kept >= 0)
            throw new ClientAnswerException($"{client.Name} answered with a gradient of weight {kept} of {Name(request, mask)}, which is not pruned.");
        foreach (float value in gradients.Values)
        {
            if (!float.IsFinite(value))
                throw FoldReading.Diverged(client, $"a gradient of {Name(request, mask)} is {value}");
        }
    }

    /// <summary>The first index of a weight that the mask keeps; −1 when all are pruned. A missing set keeps all.</summary>
    private static int FirstKept(int[] indices, BitSet? kept)
    {
        foreach (int index in indices)
        {
            if (kept is null || kept[index])
                return index;
        }

        return -1;
    }

    // Each client names at most as many as it was asked for, and only pruned weights.
    private static int LargestCount(GradientRequest request, Mask mask, int clients) =>
        (int)Math.Min((long)request.Count * clients, Length(request, mask) - mask.CompactCount(request.Tensor));

    private static int Length(GradientRequest request, Mask mask) => mask.Layout.Tensors[request.Tensor].Count;

    private static string Name(GradientRequest request, Mask mask) => mask.Layout.Tensors[request.Tensor].Name;
}
