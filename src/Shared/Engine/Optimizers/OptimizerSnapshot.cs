namespace Federated.Engine.Optimizers;

/// <summary>All that an optimiser keeps between two steps: put back, it goes on to the same bits.</summary>
/// <param name="Moments">The state of all values, <see cref="IOptimizer.StatePerValue"/> floats for each: all first ones, then all second ones.</param>
/// <param name="Powers">What counts the steps; empty where nothing does.</param>
public sealed record OptimizerSnapshot(float[] Moments, double[] Powers);
