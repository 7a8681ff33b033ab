using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Methods.PartialTuning;
using Federated.Methods.Splitting;

namespace Federated.Methods.SplitFed;

/// <summary>
/// SplitFed (Thapa et al. 2022): clients train the ends of the model and the server the middle. V1: all clients at once, each with a copy of the server's part, and both sides are averaged. V2: one server's part
/// that one client after the other trains on; only the clients' ends are averaged. V3 (Gawali et al. 2021): as V1, but every client trains ends of its own that nobody averages and that never cross; the model
/// that is evaluated has the mean of those of the round's clients, which only a simulator can form and which reaches no client.
/// </summary>
/// <param name="sequential">V2.</param>
public sealed class SplitFed(bool sequential) : IMethod
{
    /// <inheritdoc/>
    public async Task RunAsync(IFederation federation, CancellationToken cancel)
    {
        SplitProgram program = federation.Split;
        GlobalModel model = federation.Model ?? InitialModel.Dense(federation.Plan, federation.Experiment);
        // Formed anew after a crash, of the same content: the clients have it already.
        TaskPart? start = program.ClientsKeepTheirs ? TrainSplit.StartOf(program, InitialModel.Dense(federation.Plan, federation.Experiment)) : null;
        await foreach (Round round in federation.RoundsAsync(cancel))
        {
            TensorAnswer answer = sequential
                ? await SequentialServer.AskAsync(federation, round, model, cancel)
                : await round.AskAsync(new TrainSplit(federation, model, round.Number, start), round.Sample(), cancel);
            model = program.Updated(model, answer);
            await round.CompleteAsync(model, answer.MeanLoss, cancel);
        }
    }

    /// <inheritdoc/>
    public long PeakClientMemoryBytes(ExperimentContext context) => SplitCosts.ClientStateBytes(context);

    /// <inheritdoc/>
    public long ClientActivationBytes(ExperimentContext context) => SplitCosts.ClientActivationBytes(context);
}
