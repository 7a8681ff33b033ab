namespace Federated.Methods.Pretraining;

/// <summary>What an epoch of pre-training came to.</summary>
public sealed record PretrainEpoch
{
    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Learning rate of its last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Mean loss of its training batches, with label smoothing, before each step.</summary>
    public required double TrainingLoss { get; init; }

    /// <summary>Share of its training samples, changed at random as they are, that were classified rightly before each step.</summary>
    public required double TrainingAccuracy { get; init; }

    /// <summary>Accuracy on the test images, 0…1; null when the epoch was not evaluated.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Mean cross-entropy on the test images; null when the epoch was not evaluated.</summary>
    public double? Loss { get; init; }

    /// <summary>Seconds that it took, evaluation included.</summary>
    public required double WallSeconds { get; init; }
}
