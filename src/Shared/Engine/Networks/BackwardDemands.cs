using Federated.Engine.Layers;
using Federated.Engine.Parameters;

namespace Federated.Engine.Networks;

/// <summary>
/// What each layer's backward pass has to give when only some tensors train. A value needs its gradient when something that computes it trains, or when it is the input of a part
/// of a cut plan. All readers of such a value take part, so that whoever adds to its gradient finds it begun; readers of other values that take part for their tensors' sake may add to
/// a gradient that nobody began and nobody reads.
/// </summary>
internal static class BackwardDemands
{
    /// <summary>One demand per operation of <paramref name="plan"/>.</summary>
    public static BackwardDemand[] Of(NetworkPlan plan, ParameterSubset trainable, bool inputGradient)
    {
        bool[] needsGradient = new bool[plan.Values.Length];
        needsGradient[0] = plan.InputHasGradient && inputGradient;
        var demands = new BackwardDemand[plan.Operations.Length];
        for (int i = 0; i < demands.Length; i++)
        {
            Operation operation = plan.Operations[i];
            if (operation.Parameters.Any(trainable.Contains))
                demands[i] |= BackwardDemand.Parameters;
            if (operation.Inputs.Any(input => needsGradient[input]))
                demands[i] |= BackwardDemand.Inputs;
            needsGradient[operation.Output] = demands[i] != BackwardDemand.None;
        }

        return demands;
    }
}
