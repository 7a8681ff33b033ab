using Federated.Engine.Networks;
using Federated.Methods.Experiments;
using Federated.Methods.Server;
using Federated.Methods.Splitting;

namespace Federated.Methods.Federation;

/// <summary>
/// What the server half of a method works with. Who runs where, what is encoded how, retries, bytes and time are below this seam.
/// </summary>
public interface IFederation
{
    /// <summary>The experiment, every default filled in.</summary>
    ExperimentSpec Experiment { get; }

    /// <summary>The network.</summary>
    NetworkPlan Plan { get; }

    /// <summary>What the method does with a model that it cuts between clients and server.</summary>
    /// <exception cref="InvalidOperationException">The method does not cut.</exception>
    SplitProgram Split { get; }

    /// <summary>All clients, by number.</summary>
    IReadOnlyList<ClientDescription> Clients { get; }

    /// <summary>Work that the server does on its own few samples.</summary>
    IServerCompute Server { get; }

    /// <summary>The global model after the last completed round, or null when the run is new.</summary>
    GlobalModel? Model { get; }

    /// <summary>Round 0, before training: for a method that asks clients something first. Complete it like any other.</summary>
    Round Preparation();

    /// <summary>The rounds that are left, 1 to the experiment's last. Ends early when the user asked to stop after a round.</summary>
    IAsyncEnumerable<Round> RoundsAsync(CancellationToken cancel);
}
