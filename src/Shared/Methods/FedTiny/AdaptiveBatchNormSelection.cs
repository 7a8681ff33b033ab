using Federated.Engine.Parameters;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;

namespace Federated.Methods.FedTiny;

/// <summary>The coarse half of FedTiny: of a pool of masks, the one with the least loss on the clients' development sets under statistics that the clients measured together.</summary>
internal static class AdaptiveBatchNormSelection
{
    /// <summary>Draws the pool, lets all clients recalibrate and evaluate each candidate, and completes round 0 with the best.</summary>
    public static async Task<GlobalModel> RunAsync(IFederation federation, FedTinySpec options, CancellationToken cancel)
    {
        PretrainingSpec pretraining = options.Pretraining;
        GlobalModel dense = await federation.Server.PretrainAsync(pretraining.SamplesPerClass, pretraining.Epochs, pretraining.LearningRate, cancel);
        IReadOnlyList<Mask> pool = CandidateMasks.Draw(dense, options, federation.Experiment.Seed);

        Round round = federation.Preparation();
        Cohort everyone = round.Everyone();
        GlobalModel? best = null;
        double least = double.PositiveInfinity;
        for (int c = 0; c < pool.Count; c++)
        {
            GlobalModel candidate = dense.WithMask(pool[c]);
            if (federation.Plan.Statistics.Count > 0)
                candidate = candidate with { Statistics = await round.AskAsync(new RecalibrateCandidate(federation, candidate), everyone, cancel) };
            double loss = await round.AskAsync(new EvaluateCandidate(candidate), everyone, cancel);
            if (loss < least)
                (best, least) = (candidate, loss);
        }

        // A network without batch norm may give every candidate a loss that is not finite; the first candidate is then as good as any.
        best ??= dense.WithMask(pool[0]);
        await round.CompleteAsync(best, null, cancel);
        return best;
    }
}
