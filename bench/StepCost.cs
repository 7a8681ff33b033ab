using Federated.Engine.Networks;
using Federated.Engine.Parameters;

namespace Federated.Bench;

/// <summary>What one training step has to compute and to move, counted from the network's graph: the bound beside a measured time.</summary>
/// <param name="Operations">
/// Floating-point operations on kept weights, two per multiply-add: the forward pass, the weights' gradients, and the inputs' gradients except towards the
/// images; two products of attention forward and four backward (what is computed again is not counted). Normalisation, activation, pooling and the optimiser are not counted.
/// </param>
/// <param name="OperandBytes">
/// Bytes that the multiply-adds read where nothing is reused in registers, as is so with an unstructured pattern: one activation of four bytes each. These come from
/// the caches.
/// </param>
/// <param name="LayerBytes">
/// Bytes that cross if every layer, one after the other, reads each of its operands once and writes each of its results once, in the forward and in the backward pass,
/// at four bytes per value: activations, their gradients, and the kept weights with gradient and momentum. What the caches keep from one layer to the next, and what
/// layers done together do not write, makes the real traffic less; sweeps over the same operand make it more.
/// </param>
internal readonly record struct StepCost(long Operations, long OperandBytes, long LayerBytes)
{
    /// <summary>The cost of one step of <paramref name="batch"/> images.</summary>
    public static StepCost Of(NetworkPlan plan, Mask mask, int batch)
    {
        long multiplyAdds = 0;
        long values = 0;
        foreach (Operation operation in plan.Operations)
        {
            int weight = operation switch { ConvolutionOperation o => o.Weight, LinearOperation o => o.Weight, _ => -1 };
            bool towardsImages = operation.Input == 0;
            if (weight >= 0)
                multiplyAdds += (towardsImages ? 2L : 3L) * mask.CompactCount(weight) * plan.Parameters.Tensors[weight].OutputPositions;
            if (operation is AttentionOperation)
                multiplyAdds += 6 * Size(plan, operation.Output) * plan.Values[operation.Output].Width;
            long inputs = operation.Inputs.Sum(input => Size(plan, input));
            long output = Size(plan, operation.Output);
            // Forward: inputs read, output written. Backward: the output's gradient and the inputs read, the inputs' gradients written.
            values += inputs + output + output + inputs + (towardsImages ? 0 : inputs);
        }

        // Forward and both gradients read or write the weight or its gradient; the optimiser reads and writes value and momentum and reads the gradient.
        long state = 8L * mask.Count;
        return new StepCost(2 * multiplyAdds * batch, sizeof(float) * multiplyAdds * batch, sizeof(float) * ((values * batch) + state));
    }

    private static long Size(NetworkPlan plan, int value) => (long)plan.Values[value].Channels * plan.Values[value].Height * plan.Values[value].Width;
}
