using Federated.Methods.Clients;

namespace Federated.Methods.Federation;

/// <summary>The server half of a federated method: a short program that reads like the paper's algorithm.</summary>
public interface IMethod
{
    /// <summary>Runs the method over all rounds that are left.</summary>
    Task RunAsync(IFederation federation, CancellationToken cancel);

    /// <summary>
    /// Bytes of training state that a client needs at the method's peak, by the method's formula: values, indices, gradients, optimiser state and buffers; activations apart.
    /// </summary>
    long PeakClientMemoryBytes(ExperimentContext context);

    /// <summary>Bytes of the activations of one training batch on a client: of the whole network, unless the client holds a part of it.</summary>
    long ClientActivationBytes(ExperimentContext context) => context.Plan.ActivationBytes(context.Experiment.Training.BatchSize);
}
