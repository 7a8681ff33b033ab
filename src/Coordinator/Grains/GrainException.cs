namespace Federated.Coordinator.Grains;

/// <summary>A grain could not be reached, loaded or saved, apart from what its own methods throw.</summary>
internal class GrainException(string message, Exception? inner = null) : Exception(message, inner);
