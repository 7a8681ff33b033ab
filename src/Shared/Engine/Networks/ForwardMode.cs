namespace Federated.Engine.Networks;

/// <summary>How normalisation and dropout behave in a forward pass.</summary>
public enum ForwardMode
{
    /// <summary>Batch statistics, running statistics updated with the layer's momentum, dropout on.</summary>
    Train,

    /// <summary>Running statistics, dropout off.</summary>
    Evaluate,

    /// <summary>
    /// Batch statistics, dropout off; the statistics of all batches since <c>Network.BeginRecalibration</c> are pooled exactly
    /// (counts, means and sums of squares in double precision), and <c>Network.EndRecalibration</c> makes them the running statistics.
    /// </summary>
    Recalibrate,
}
