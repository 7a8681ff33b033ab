using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Methods.Server;

namespace Federated.Coordinator.Planning;

/// <summary>A server that trains and evaluates nothing: its model is the initial one.</summary>
internal sealed class PlannedServer(ExperimentContext context) : IServerCompute
{
    public Task<GlobalModel> PretrainAsync(int samplesPerClass, int epochs, double learningRate, CancellationToken cancel) => Task.FromResult(InitialModel.Dense(context.Plan, context.Experiment));

    public Task<Evaluation?> EvaluateAsync(GlobalModel model, CancellationToken cancel) => Task.FromResult<Evaluation?>(null);
}
