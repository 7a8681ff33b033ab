using Federated.Methods.Data;
using Federated.Methods.Experiments;

namespace Federated.ClientNode.Remote;

/// <summary>Finds the data set of an experiment on the node's own machine.</summary>
public interface IDataSource
{
    /// <summary>The data set.</summary>
    /// <exception cref="DataException">It is nowhere; the message names the ways out.</exception>
    Task<DataSet> FindAsync(ExperimentSpec experiment, CancellationToken cancel);
}
