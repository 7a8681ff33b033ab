namespace Federated.Coordinator.Grains;

/// <summary>How far a run is after a round.</summary>
/// <param name="RoundsCompleted">Rounds that are in the run folder.</param>
/// <param name="Accuracy">Test accuracy after the last one, or null.</param>
/// <param name="BytesUp">Payload bytes from clients to the server so far.</param>
/// <param name="BytesDown">Payload bytes from the server to clients so far.</param>
internal sealed record RunProgressReport(int RoundsCompleted, double? Accuracy, long BytesUp, long BytesDown);
