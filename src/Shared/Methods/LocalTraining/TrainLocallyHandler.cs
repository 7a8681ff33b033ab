using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Clients;
using Federated.Methods.DataPruning;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.LocalTraining;

/// <summary>The client half of <see cref="TrainLocally"/>: load, train, answer with values, statistics and the gradients that were asked for.</summary>
public sealed class TrainLocallyHandler : IClientTaskHandler
{
    /// <inheritdoc/>
    public string Name => TrainLocally.TaskName;

    /// <inheritdoc/>
    public Payload Run(Client client, Payload received, CancellationToken cancel)
    {
        (Mask mask, float[] values) = received.Model(client.DenseMask);
        client.Load(mask, values, received.Find<NormStatisticsPart>()?.Values ?? []);
        double lossSum = client.Train(cancel);

        IReadOnlyList<GradientRequest> requests = GradientRequests.FromPayload(received, client.Plan.Parameters);
        TopGradientsPart? gradients = null;
        if (requests.Count > 0)
        {
            var probe = new GradientProbe();
            foreach (GradientRequest request in requests)
                probe.Request(request.Tensor, request.Count);
            int batch = Math.Max(client.Experiment.Method.LargestBatch, client.Experiment.Training.BatchSize);
            client.ProbeGradients(probe, Math.Min(client.Description.Samples, batch));
            gradients = GradientRequests.Collect(probe, requests, client.Plan.Parameters);
        }

        long samplesSeen = SampleBudget.OfRound(client.Experiment, client.Description.Samples, client.Round);
        return Answer(mask, client.CopyValues(), client.CopyStatistics(), samplesSeen, lossSum, gradients);
    }

    /// <inheritdoc/>
    public IAnswerFold CreateFold(ExperimentContext context, Payload received, int round) => new TrainingAnswerCollector(
        context.Plan, received.Model(context.DenseMask).Mask, GradientRequests.FromPayload(received, context.Plan.Parameters), samples => SampleBudget.OfRound(context.Experiment, samples, round));

    /// <summary>The answer's parts, in order.</summary>
    internal static Payload Answer(Mask mask, float[] values, float[] statistics, long samplesSeen, double lossSum, TopGradientsPart? gradients)
    {
        var scalars = new ScalarsPart(Scalar.Of(ScalarKey.SamplesSeen, samplesSeen), Scalar.Of(ScalarKey.LossSum, lossSum));
        Part model = mask.IsDense ? new DenseValuesPart(values) : new SparseValuesPart(mask, values);
        Part[] parts = (statistics.Length > 0, gradients) switch
        {
            (false, null) => [scalars, model],
            (false, _) => [scalars, model, gradients],
            (true, null) => [scalars, model, new NormStatisticsPart(statistics)],
            (true, _) => [scalars, model, new NormStatisticsPart(statistics), gradients],
        };
        return new Payload(parts);
    }
}
