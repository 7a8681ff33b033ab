namespace Federated.Coordinator.Grains;

/// <summary>State as it is stored.</summary>
/// <param name="Version">Counts its writes, from 1.</param>
/// <param name="Content">Bytes of the grain's own.</param>
internal sealed record StoredState(long Version, ReadOnlyMemory<byte> Content);
