namespace Federated.Methods.Data;

/// <summary>How far the fetching of a set has come.</summary>
/// <param name="DataSet">The set's name.</param>
/// <param name="Step">What is being done, for people: <c>downloading train-images-idx3-ubyte.gz</c>.</param>
/// <param name="Bytes">Bytes of this step so far; 0 where it has none.</param>
/// <param name="Total">All bytes of this step; null where unknown.</param>
public readonly record struct DataProgress(string DataSet, string Step, long Bytes, long? Total);
