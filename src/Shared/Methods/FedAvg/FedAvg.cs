using Federated.Engine.Parameters;
using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;

namespace Federated.Methods.FedAvg;

/// <summary>Federated averaging of the dense model (McMahan et al. 2017, Algorithm 1).</summary>
public sealed class FedAvg : IMethod
{
    /// <inheritdoc/>
    public async Task RunAsync(IFederation federation, CancellationToken cancel)
    {
        GlobalModel model = federation.Model ?? InitialModel.Dense(federation.Plan, federation.Experiment);
        await foreach (Round round in federation.RoundsAsync(cancel))
        {
            TrainingAnswer answer = await round.AskAsync(new TrainLocally(federation, model, round.Number), round.Sample(), cancel);
            model = model with { Values = answer.Values, Statistics = answer.Statistics };
            await round.CompleteAsync(model, answer.MeanLoss, cancel);
        }
    }

    /// <inheritdoc/>
    public long PeakClientMemoryBytes(ExperimentContext context) => TrainLocally.StateBytes(context.Experiment, Mask.Dense(context.Plan.Parameters), []);
}
