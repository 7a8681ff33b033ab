namespace Federated.Methods.PartialTuning;

/// <summary>The combined answer of a cohort of which only some tensors train.</summary>
/// <param name="ClientValues">Mean of the clients' values of these tensors, weighted by their samples; in the order of their subset.</param>
/// <param name="ServerValues">Mean of what the server's part of a cut model trained for each client, weighted likewise; empty where there is none or it is frozen.</param>
/// <param name="MeanLoss">Mean loss over all training steps.</param>
public sealed record TensorAnswer(float[] ClientValues, float[] ServerValues, double MeanLoss);
