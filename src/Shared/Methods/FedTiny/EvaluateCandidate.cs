using Federated.Engine.Networks;
using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Protocol.Payloads;
using Federated.Pruning.Costs;

namespace Federated.Methods.FedTiny;

/// <summary>"What is your loss on this candidate under the aggregated statistics?" Mask and values are those of <see cref="RecalibrateCandidate"/>, which the client still keeps.</summary>
public sealed class EvaluateCandidate(GlobalModel candidate) : ClientTask<double>
{
    /// <summary>Name of the task.</summary>
    public const string TaskName = "evaluate";

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskPart> Parts { get; } = candidate.Statistics.Length == 0
        ? CandidateParts.Of(candidate)
        : [.. CandidateParts.Of(candidate), new TaskPart(new NormStatisticsPart(candidate.Statistics))];

    /// <inheritdoc/>
    public override IAnswerCollector<double> CreateCollector() => new LossCollector(candidate.Mask);

    /// <inheritdoc/>
    public override double Flops(ClientDescription client) => (double)client.DevelopmentSamples * FlopCost.Forward(candidate.Mask);

    /// <inheritdoc/>
    public override Payload PlannedAnswer(NetworkPlan plan, ClientDescription client) => EvaluateCandidateHandler.Answer(client.DevelopmentSamples, 0);
}

/// <summary>The client half of <see cref="EvaluateCandidate"/>.</summary>
public sealed class EvaluateCandidateHandler : IClientTaskHandler
{
    /// <inheritdoc/>
    public string Name => EvaluateCandidate.TaskName;

    /// <inheritdoc/>
    public Payload Run(Client client, Payload received, CancellationToken cancel)
    {
        (Engine.Parameters.Mask mask, float[] values) = received.Model(client.DenseMask);
        client.Load(mask, values, received.Find<NormStatisticsPart>()?.Values ?? []);
        return Answer(client.Description.DevelopmentSamples, client.DevelopmentLossSum(cancel));
    }

    /// <inheritdoc/>
    public IAnswerFold CreateFold(ExperimentContext context, Payload received, int round) => new LossCollector(received.Model(context.DenseMask).Mask);

    internal static Payload Answer(int samples, double lossSum) =>
        new([new ScalarsPart(Scalar.Of(ScalarKey.SamplesSeen, (long)samples), Scalar.Of(ScalarKey.LossSum, lossSum))]);
}

/// <summary>How a candidate crosses: its mask and kept values, kept by the client until the round is complete.</summary>
internal static class CandidateParts
{
    public static IReadOnlyList<TaskPart> Of(GlobalModel candidate) =>
    [
        new TaskPart(new MaskPart(candidate.Mask), Retention.Round),
        new TaskPart(new SparseValuesPart(candidate.Mask, candidate.Values), Retention.Round),
    ];
}
