using Federated.Engine.Parameters;
using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;

namespace Federated.Methods.PartialTuning;

/// <summary>
/// Federated averaging of some tensors of a model that is otherwise frozen and lies whole on every client: with prompts FedPrompt (Zhao et al. 2022, arXiv 2208.12268), with the classifier a linear probe. The frozen
/// values cross to each client once.
/// </summary>
/// <param name="trainable">Which tensors of a layout train.</param>
public sealed class PartialTuning(Func<ParameterLayout, ParameterSubset> trainable) : IMethod
{
    /// <inheritdoc/>
    public async Task RunAsync(IFederation federation, CancellationToken cancel)
    {
        ParameterSubset subset = trainable(federation.Plan.Parameters);
        GlobalModel model = federation.Model ?? InitialModel.Dense(federation.Plan, federation.Experiment);
        await foreach (Round round in federation.RoundsAsync(cancel))
        {
            TensorAnswer answer = await round.AskAsync(new TrainTensors(federation, model, subset, round.Number), round.Sample(), cancel);
            float[] values = [.. model.Values];
            subset.Scatter(answer.ClientValues, values);
            model = model with { Values = values };
            await round.CompleteAsync(model, answer.MeanLoss, cancel);
        }
    }

    /// <inheritdoc/>
    public long PeakClientMemoryBytes(ExperimentContext context) => TrainableStateBytes.Of(
        context.Experiment.Training.Optimizer, context.Plan.Parameters.Count, trainable(context.Plan.Parameters).Count);
}
