namespace Federated.Engine.Layers;

/// <summary>What a layer's backward pass has to give.</summary>
[Flags]
internal enum BackwardDemand
{
    /// <summary>Nothing: nothing before the layer trains, nor the layer.</summary>
    None = 0,

    /// <summary>The gradients of the layer's own tensors.</summary>
    Parameters = 1,

    /// <summary>The gradients of its inputs, for what trains before it.</summary>
    Inputs = 2,

    /// <summary>Both.</summary>
    All = Parameters | Inputs,
}
