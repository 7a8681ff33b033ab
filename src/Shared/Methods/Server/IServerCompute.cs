using Federated.Methods.Federation;

namespace Federated.Methods.Server;

/// <summary>What the server computes itself: it owns a few training samples and the test set, and never sees a client's data.</summary>
public interface IServerCompute
{
    /// <summary>
    /// Trains the dense model on the server's own samples (SGD, momentum 0.9) from the initial weights of the seed. With no samples or epochs it returns the initial weights.
    /// </summary>
    Task<GlobalModel> PretrainAsync(int samplesPerClass, int epochs, double learningRate, CancellationToken cancel);

    /// <summary>Accuracy (0…1) and mean loss on the test set, or null where nothing is computed (planning).</summary>
    Task<Evaluation?> EvaluateAsync(GlobalModel model, CancellationToken cancel);
}

/// <summary>Result of an evaluation.</summary>
/// <param name="Accuracy">Share of samples whose largest logit is the label's.</param>
/// <param name="Loss">Mean cross-entropy.</param>
public sealed record Evaluation(double Accuracy, double Loss);
