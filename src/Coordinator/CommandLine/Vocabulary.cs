using System.Collections.Immutable;
using Federated.Engine.Models;
using Federated.Methods.Data;
using Federated.Methods.Devices;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary>Reads experiment files with the names that this program's catalogues know.</summary>
internal static class Vocabulary
{
    /// <summary>The reader.</summary>
    public static ExperimentReader Reader { get; } = new(new ExperimentVocabulary(
        [.. ModelCatalog.Names],
        DataSetCatalog.All.ToImmutableSortedDictionary(set => set.Name, set => Math.Max(set.Height, set.Width), StringComparer.Ordinal),
        [.. DeviceCatalog.All.Select(device => device.Name)]));
}
