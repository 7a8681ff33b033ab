namespace Federated.Coordinator.Pretraining;

/// <summary>The result of a pre-training: the last line of <c>--json</c>.</summary>
public sealed record PretrainSummary
{
    /// <summary>Name of the model's file, as the user named it.</summary>
    public required string Path { get; init; }

    /// <summary>Name of the network.</summary>
    public required string Model { get; init; }

    /// <summary>Name of the source set.</summary>
    public required string Dataset { get; init; }

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Completed epochs.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs that the file asks for; more than <see cref="Epochs"/> when it was interrupted.</summary>
    public required int EpochsPlanned { get; init; }

    /// <summary>Trainable values.</summary>
    public required int Parameters { get; init; }

    /// <summary>Accuracy on the test images at the last evaluation, 0…1; null when there was none yet.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Floating-point operations of the whole training.</summary>
    public required double Flops { get; init; }

    /// <summary>Seconds of all completed epochs, over all invocations.</summary>
    public required double WallSeconds { get; init; }

    /// <summary>SHA-256 of the model: values and running statistics.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>SHA-256 of the safetensors file; null when it is not written yet.</summary>
    public string? FileSha256 { get; init; }

    /// <summary>Whether all epochs are complete and the model is written.</summary>
    public bool IsFinished => Epochs == EpochsPlanned;
}
