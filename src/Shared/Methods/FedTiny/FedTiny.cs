using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;

namespace Federated.Methods.FedTiny;

/// <summary>
/// FedTiny (arXiv 2212.01977): choose a coarse mask by adaptive batch-norm selection, then refine it block by block while training.
/// The README beside this file has the algorithm in the paper's notation.
/// </summary>
public sealed class FedTiny(FedTinySpec options) : IMethod
{
    /// <inheritdoc/>
    public async Task RunAsync(IFederation federation, CancellationToken cancel)
    {
        GlobalModel model = federation.Model ?? await AdaptiveBatchNormSelection.RunAsync(federation, options, cancel);
        var progressive = new ProgressivePruning(options.Progressive);
        await foreach (Round round in federation.RoundsAsync(cancel))
        {
            IReadOnlyList<GradientRequest> requests = progressive.RequestsFor(round.Number, model.Mask);
            TrainingAnswer answer = await round.AskAsync(new TrainLocally(federation, model, round.Number, requests), round.Sample(), cancel);
            model = model with { Values = answer.Values, Statistics = answer.Statistics };
            model = ProgressivePruning.Adjust(model, requests, answer.Gradients);
            await round.CompleteAsync(model, answer.MeanLoss, cancel);
        }
    }

    /// <inheritdoc/>
    public long PeakClientMemoryBytes(ExperimentContext context)
    {
        // Candidates differ in where their weights are and how many each layer has. The largest buffer of gradients belongs to the largest block, so all candidates count.
        GlobalModel dense = InitialModel.Dense(context.Plan, context.Experiment);
        var progressive = new ProgressivePruning(options.Progressive);
        return CandidateMasks.Draw(dense, options, context.Experiment.Seed).Max(mask => Enumerable.Range(1, context.Experiment.Rounds)
            .Max(round => TrainLocally.StateBytes(context.Experiment, mask, progressive.RequestsFor(round, mask))));
    }
}
