namespace Federated.Coordinator.Grains;

/// <summary>What became of a submission.</summary>
/// <param name="State">The run.</param>
/// <param name="Existed">It was there already.</param>
internal sealed record SubmissionResult(ExperimentState State, bool Existed);
