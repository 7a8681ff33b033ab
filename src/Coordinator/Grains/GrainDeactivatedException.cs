namespace Federated.Coordinator.Grains;

/// <summary>The activation has ended; the next one may be somewhere else. References look the grain up again by themselves.</summary>
internal sealed class GrainDeactivatedException(GrainId grain) : GrainException($"{grain} has just been deactivated");
