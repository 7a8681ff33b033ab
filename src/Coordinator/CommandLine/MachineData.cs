using Federated.ClientNode.Remote;
using Federated.Methods.Data;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary>The data sets of this machine, for a node.</summary>
/// <param name="time">Paces downloads.</param>
/// <param name="error">Told about every step of fetching.</param>
internal sealed class MachineData(TimeProvider time, TextWriter error) : IDataSource
{
    /// <inheritdoc/>
    public Task<DataSet> FindAsync(ExperimentSpec experiment, CancellationToken cancel) => DataSearch.FindAsync(experiment, time, error, cancel);
}
