namespace Federated.Methods.Splitting;

/// <summary>The combined answer of a cohort to <see cref="TrainSplit"/>.</summary>
/// <param name="ClientValues">Mean of the clients' trainable values, weighted by their samples; in the order of the program's subset.</param>
/// <param name="ServerValues">Mean of what the server's part trained for each client, weighted likewise; empty where it is frozen.</param>
/// <param name="MeanLoss">Mean loss over all steps with the server.</param>
public sealed record SplitTrainingAnswer(float[] ClientValues, float[] ServerValues, double MeanLoss);
