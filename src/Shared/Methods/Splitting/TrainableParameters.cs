using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Parameters;

namespace Federated.Methods.Splitting;

/// <summary>
/// The tensors that train in some networks, seen by an optimiser as one vector: network after network, tensor after tensor. Networks that train as a whole are stepped in place.
/// </summary>
internal sealed class TrainableParameters
{
    private readonly (Network Network, ParameterSubset Subset)[] parts;
    private readonly bool isInPlace;
    private readonly float[] values;
    private readonly float[] gradients;

    /// <summary>The tensors of these subsets; all others of the networks are frozen from here on.</summary>
    /// <param name="parts">Networks in the order of the model, what trains of each, and whether the gradient of its input is wanted.</param>
    public TrainableParameters(params (Network Network, ParameterSubset Subset, bool InputGradient)[] parts)
    {
        foreach ((Network network, ParameterSubset subset, bool inputGradient) in parts)
            network.SetTrainable(subset, inputGradient);
        this.parts = [.. parts.Where(static part => !part.Subset.IsEmpty).Select(static part => (part.Network, part.Subset))];
        Count = this.parts.Sum(static part => part.Subset.Count);
        isInPlace = this.parts is [{ Subset.IsAll: true }];
        values = isInPlace ? [] : new float[Count];
        gradients = isInPlace ? [] : new float[Count];
    }

    /// <summary>Length of the vector.</summary>
    public int Count { get; }

    /// <summary>One step of the optimiser, from the gradients of the networks' last backward passes.</summary>
    public void Step(IOptimizer optimizer, float learningRate)
    {
        if (Count == 0)
            return;
        if (isInPlace)
        {
            optimizer.Step(parts[0].Network.Values, parts[0].Network.Gradients, learningRate);
            return;
        }

        int next = 0;
        foreach ((Network network, ParameterSubset subset) in parts)
        {
            subset.Gather(network.Values, values.AsSpan(next, subset.Count));
            subset.Gather(network.Gradients, gradients.AsSpan(next, subset.Count));
            next += subset.Count;
        }

        optimizer.Step(values, gradients, learningRate);
        Write(values);
    }

    /// <summary>The vector, in an array of its own.</summary>
    public float[] Read()
    {
        float[] copy = GC.AllocateUninitializedArray<float>(Count);
        int next = 0;
        foreach ((Network network, ParameterSubset subset) in parts)
        {
            subset.Gather(network.Values, copy.AsSpan(next, subset.Count));
            next += subset.Count;
        }

        return copy;
    }

    /// <summary>Puts a vector into the networks.</summary>
    public void Write(ReadOnlySpan<float> vector)
    {
        int next = 0;
        foreach ((Network network, ParameterSubset subset) in parts)
        {
            subset.Scatter(vector.Slice(next, subset.Count), network.Values);
            next += subset.Count;
        }
    }
}
