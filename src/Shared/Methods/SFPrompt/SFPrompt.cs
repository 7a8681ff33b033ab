using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Methods.PartialTuning;
using Federated.Methods.Splitting;

namespace Federated.Methods.SFPrompt;

/// <summary>
/// SFPrompt (arXiv 2407.17533): clients hold the ends of a frozen model and learn its tail and a few prompts. In each round a client updates them alone through the shortcut from head to tail, keeps the samples
/// that tell it most, trains on these through the server's frozen body, and the server averages tails and prompts.
/// </summary>
public sealed class SFPrompt : IMethod
{
    /// <inheritdoc/>
    public async Task RunAsync(IFederation federation, CancellationToken cancel)
    {
        GlobalModel model = federation.Model ?? InitialModel.Dense(federation.Plan, federation.Experiment);
        await foreach (Round round in federation.RoundsAsync(cancel))
        {
            TensorAnswer answer = await round.AskAsync(new TrainSplit(federation, model, round.Number), round.Sample(), cancel);
            model = federation.Split.Updated(model, answer);
            await round.CompleteAsync(model, answer.MeanLoss, cancel);
        }
    }

    /// <inheritdoc/>
    public long PeakClientMemoryBytes(ExperimentContext context) => SplitCosts.ClientStateBytes(context);

    /// <inheritdoc/>
    public long ClientActivationBytes(ExperimentContext context) => SplitCosts.ClientActivationBytes(context);
}
