using Federated.Engine.Optimizers;

namespace Federated.Methods.Pretraining;

/// <summary>All that a pre-training needs to go on after any step as if it had never stopped.</summary>
/// <param name="Step">Steps done, over all epochs.</param>
/// <param name="LossSum">Sum of the losses of the epoch under way.</param>
/// <param name="Correct">Samples of the epoch under way that were classified rightly.</param>
/// <param name="Values">The parameters.</param>
/// <param name="Statistics">The running statistics.</param>
/// <param name="Optimizer">The optimiser's state.</param>
public sealed record PretrainState(int Step, double LossSum, long Correct, float[] Values, float[] Statistics, OptimizerSnapshot Optimizer);
