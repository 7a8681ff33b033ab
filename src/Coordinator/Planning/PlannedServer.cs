using Federated.Engine.Models;
using Federated.Engine.Parameters;
using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.Server;

namespace Federated.Coordinator.Planning;

/// <summary>A server that trains and evaluates nothing: its model is the initial one.</summary>
internal sealed class PlannedServer(ExperimentContext context) : IServerCompute
{
    public Task<GlobalModel> PretrainAsync(int samplesPerClass, int epochs, double learningRate, CancellationToken cancel) => Task.FromResult(new GlobalModel(
        Mask.Dense(context.Plan.Parameters), Initialization.Values(context.Plan, context.Experiment.Seed), Initialization.Statistics(context.Plan)));

    public Task<Evaluation?> EvaluateAsync(GlobalModel model, CancellationToken cancel) => Task.FromResult<Evaluation?>(null);
}
