namespace Federated.Methods.LocalTraining;

/// <summary>The combined answer of a cohort to <see cref="TrainLocally"/>.</summary>
/// <param name="Values">Mean of the clients' values, weighted by their samples.</param>
/// <param name="Statistics">Mean of the clients' running statistics, weighted by their samples.</param>
/// <param name="MeanLoss">Mean loss over all training steps, weighted by samples.</param>
/// <param name="Gradients">Per requested tensor, the mean gradient of every pruned weight that at least one client reported; a client that did not counts as zero.</param>
public sealed record TrainingAnswer(float[] Values, float[] Statistics, double MeanLoss, IReadOnlyList<MeanGradients> Gradients);

/// <summary>Mean gradients of pruned weights of one tensor.</summary>
/// <param name="Tensor">Index of the tensor in the layout.</param>
/// <param name="Indices">Positions in the tensor, ascending.</param>
/// <param name="Values">Σ_k n_k g_k / Σ_k n_k over the cohort, absent as zero.</param>
public sealed record MeanGradients(int Tensor, int[] Indices, float[] Values);
