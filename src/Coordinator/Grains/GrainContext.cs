namespace Federated.Coordinator.Grains;

/// <summary>What a grain gets when it is made.</summary>
/// <param name="Id">Which one it is.</param>
/// <param name="Storage">Where its state is kept.</param>
/// <param name="Grains">Other grains.</param>
/// <param name="Time">The clock.</param>
internal sealed record GrainContext(GrainId Id, IGrainStorage Storage, IGrains Grains, TimeProvider Time);
