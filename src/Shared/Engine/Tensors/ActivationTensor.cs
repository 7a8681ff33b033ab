namespace Federated.Engine.Tensors;

/// <summary>One value of the network's graph in a worker's arena: its activations and the gradient of the loss with respect to them.</summary>
internal sealed unsafe class ActivationTensor(Geometry geometry)
{
    /// <summary>Shape and strides of both buffers.</summary>
    public Geometry Geometry { get; } = geometry;

    /// <summary>Activations of the current batch, in the arena; 64-byte aligned; the border is zero.</summary>
    public float* Data { get; set; }

    /// <summary>Gradient with respect to the activations, same geometry, zero border; null when no layer needs it (the network's input).</summary>
    public float* Gradient { get; set; }
}
