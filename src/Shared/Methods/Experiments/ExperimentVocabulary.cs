using System.Collections.Immutable;
using Federated.Engine.Models;
using Federated.Methods.Data;
using Federated.Methods.Devices;

namespace Federated.Methods.Experiments;

/// <summary>The names an experiment file may use that are not written in the records themselves, because catalogues elsewhere own them.</summary>
/// <param name="Models">Names of the networks.</param>
/// <param name="DataSets">Names of the data sets, with the longer side of an image in pixels.</param>
/// <param name="Devices">Names of the device profiles.</param>
public sealed record ExperimentVocabulary(ImmutableArray<string> Models, ImmutableSortedDictionary<string, int> DataSets, ImmutableArray<string> Devices)
{
    /// <summary>The names that this program's catalogues know.</summary>
    public static ExperimentVocabulary OfCatalogs { get; } = new(
        [.. ModelCatalog.Names],
        DataSetCatalog.All.ToImmutableSortedDictionary(static set => set.Name, static set => Math.Max(set.Height, set.Width), StringComparer.Ordinal),
        [.. DeviceCatalog.All.Select(static device => device.Name)]);
}
