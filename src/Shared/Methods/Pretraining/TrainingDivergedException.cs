namespace Federated.Methods.Pretraining;

/// <summary>The loss is no number any more; the message says at which step, and the way out.</summary>
public sealed class TrainingDivergedException(int epoch, int step) : Exception(
    $"the training diverged in epoch {epoch}, step {step}: its loss is not finite; lower training.learningRate.peak, lengthen training.learningRate.warmupEpochs, or set training.gradientClipping=1");
