using System.Collections.Immutable;

namespace Federated.Methods.Experiments;

/// <summary>The names an experiment file may use that are not written in the records themselves, because catalogues elsewhere own them.</summary>
/// <param name="Models">Names of the networks.</param>
/// <param name="DataSets">Names of the data sets, with the longer side of an image in pixels.</param>
/// <param name="Devices">Names of the device profiles.</param>
public sealed record ExperimentVocabulary(ImmutableArray<string> Models, ImmutableSortedDictionary<string, int> DataSets, ImmutableArray<string> Devices);
