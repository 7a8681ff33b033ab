using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary>Reads experiment files with the names that this program's catalogues know.</summary>
internal static class Vocabulary
{
    /// <summary>The reader.</summary>
    public static ExperimentReader Reader { get; } = new(ExperimentVocabulary.OfCatalogs);
}
