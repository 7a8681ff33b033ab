using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Pruning.Adjustment;
using Federated.Pruning.Regrowth;
using Federated.Pruning.Schedules;

namespace Federated.Methods.FedTiny;

/// <summary>The fine half of FedTiny: which weights are exchanged in which round, and the exchange itself.</summary>
public sealed class ProgressivePruning(ProgressiveSpec options)
{
    private static readonly GradientRegrowth Regrowth = new();

    /// <summary>
    /// The gradients to ask for in round <paramref name="round"/>: none outside adjustment rounds. Otherwise, for each tensor l of the unit whose turn it is,
    /// a_l = ⌈fraction/2 · (1 + cos(π·round/until)) · n_l⌉ with n_l kept weights, at most as many as are pruned.
    /// </summary>
    public IReadOnlyList<GradientRequest> RequestsFor(int round, Mask mask)
    {
        var rounds = new AdjustmentRounds(options.Every, options.Until);
        if (!rounds.IsAdjustment(round))
            return [];
        double share = new CosineDropSchedule(options.Fraction, options.Until).FractionAt(round);
        return [.. TensorsOfTurn(rounds.NumberOf(round), mask)
            .Select(tensor => new GradientRequest(tensor, Math.Min((int)Math.Ceiling(share * mask.CompactCount(tensor)), mask.Layout.Tensors[tensor].Count - mask.CompactCount(tensor))))
            .Where(static request => request.Count > 0)];
    }

    /// <summary>Grows the weights of largest mean gradient and prunes as many of smallest magnitude among those that were active before.</summary>
    public static GlobalModel Adjust(GlobalModel model, IReadOnlyList<GradientRequest> requests, IReadOnlyList<MeanGradients> gradients)
    {
        var changes = new List<TensorChange>();
        foreach (GradientRequest request in requests)
        {
            MeanGradients mean = gradients.Single(g => g.Tensor == request.Tensor);
            int[] grown = Regrowth.Choose(model.Mask[request.Tensor], mean.Indices, mean.Values, request.Count);
            changes.Add(new TensorChange(request.Tensor, grown, grown.Length));
        }

        return changes.Count == 0 ? model : model.WithMask(MaskAdjustment.Adjust(model.Mask, model.Values, changes).After);
    }

    /// <summary>Tensors adjusted at the given turn: units run from the output to the input and then start over; tensors that are dense have nothing to grow and are passed by.</summary>
    private IEnumerable<int> TensorsOfTurn(int turn, Mask mask)
    {
        int[] sparse = [.. Enumerable.Range(0, mask.Layout.Tensors.Length).Where(tensor => mask[tensor] is not null)];
        int[][] units = options.Granularity switch
        {
            "entire" => [sparse],
            "layer" => [.. sparse.Reverse().Select(static tensor => new[] { tensor })],
            _ => [.. sparse.GroupBy(tensor => mask.Layout.Tensors[tensor].Block).OrderByDescending(static block => block.Key).Select(static block => block.ToArray())],
        };
        return units.Length == 0 ? [] : units[turn % units.Length];
    }
}
