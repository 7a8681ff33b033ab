namespace Federated.Engine.Networks;

/// <summary>
/// Collects, during one backward pass, the gradients of largest magnitude among the pruned weights of chosen tensors: FedTiny's growth signal
/// (arXiv 2212.01977, section on progressive pruning). Memory is O(a) per tensor: a bounded collector of (index, value) pairs; the dense gradient is streamed past it
/// a few output channels at a time and never stored.
/// </summary>
public sealed class GradientProbe
{
    private readonly Dictionary<int, TopGradients> perTensor = [];

    /// <summary>Asks for the <paramref name="count"/> largest gradients of tensor <paramref name="tensor"/> of the layout.</summary>
    public void Request(int tensor, int count) => perTensor[tensor] = new TopGradients(count);

    /// <summary>The collector of tensor <paramref name="tensor"/>, or null when it was not asked for.</summary>
    public TopGradients? this[int tensor] => perTensor.GetValueOrDefault(tensor);
}
