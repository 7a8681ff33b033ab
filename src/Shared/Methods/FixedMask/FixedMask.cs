using Federated.Methods.Clients;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;

namespace Federated.Methods.FixedMask;

/// <summary>FedAvg on a network that the server prunes once, before the first round.</summary>
public sealed class FixedMask(FixedMaskSpec options) : IMethod
{
    /// <inheritdoc/>
    public async Task RunAsync(IFederation federation, CancellationToken cancel)
    {
        GlobalModel model = federation.Model ?? await PruneAsync(federation, cancel);
        await foreach (Round round in federation.RoundsAsync(cancel))
        {
            TrainingAnswer answer = await round.AskAsync(new TrainLocally(federation, model, round.Number), round.Sample(), cancel);
            model = model with { Values = answer.Values, Statistics = answer.Statistics };
            await round.CompleteAsync(model, answer.MeanLoss, cancel);
        }
    }

    /// <inheritdoc/>
    public long PeakClientMemoryBytes(ExperimentContext context)
    {
        GlobalModel dense = InitialModel.Dense(context.Plan, context.Experiment);
        return TrainLocally.StateBytes(context.Experiment, ServerPruning.Prune(dense, options, context.Experiment.Seed).Mask, []);
    }

    private async Task<GlobalModel> PruneAsync(IFederation federation, CancellationToken cancel)
    {
        PretrainingSpec pretraining = options.Pretraining;
        GlobalModel dense = await federation.Server.PretrainAsync(pretraining.SamplesPerClass, pretraining.Epochs, pretraining.LearningRate, cancel);
        return ServerPruning.Prune(dense, options, federation.Experiment.Seed);
    }
}
