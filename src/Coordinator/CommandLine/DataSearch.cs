using Federated.Methods.Data;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary>Finds the data set of an experiment on this machine, or fetches it, and says so when that takes a while.</summary>
internal static class DataSearch
{
    /// <summary>The data set.</summary>
    /// <param name="experiment">The experiment that names it.</param>
    /// <param name="time">Paces downloads.</param>
    /// <param name="error">Told about every step of fetching.</param>
    /// <param name="cancel">Stops the search.</param>
    /// <exception cref="DataException">It is nowhere; the message names the ways out.</exception>
    public static Task<DataSet> FindAsync(ExperimentSpec experiment, TimeProvider time, TextWriter error, CancellationToken cancel) =>
        FindAsync(experiment.Data, time, error, cancel);

    /// <inheritdoc cref="FindAsync(ExperimentSpec, TimeProvider, TextWriter, CancellationToken)"/>
    public static Task<DataSet> FindAsync(DataSpec data, TimeProvider time, TextWriter error, CancellationToken cancel) =>
        DataSetFinder.OfThisMachine(time, new FetchProgress(error)).FindAsync(data.Set, data.Path, cancel);
}
