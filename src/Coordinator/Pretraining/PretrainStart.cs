using Federated.Methods.Pretraining;

namespace Federated.Coordinator.Pretraining;

/// <summary>What is known when a pre-training begins or goes on.</summary>
/// <param name="Spec">The pre-training.</param>
/// <param name="Path">Where the model will be.</param>
/// <param name="Threads">Threads that share each step.</param>
/// <param name="Parameters">Trainable values of the model.</param>
/// <param name="Samples">Training samples of an epoch.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="StepsDone">Steps done before, over all epochs.</param>
/// <param name="Flops">Floating-point operations of the whole training.</param>
/// <param name="SecondsLeft">Seconds that the rest will take here, estimated from a few steps.</param>
public sealed record PretrainStart(
    PretrainSpec Spec, string Path, int Threads, int Parameters, int Samples, int StepsPerEpoch, int StepsDone, double Flops, double SecondsLeft);
