namespace Federated.Coordinator.Grains;

/// <summary>First line of a state file.</summary>
/// <param name="Kind">Kind of the grain.</param>
/// <param name="Key">Its key.</param>
/// <param name="Version">Version of the state.</param>
/// <param name="Length">Bytes that follow the line.</param>
/// <param name="Sha256">Hash of kind, key, version and those bytes.</param>
internal sealed record GrainFileHeader(string Kind, string Key, long Version, long Length, string Sha256);
