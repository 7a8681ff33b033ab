using Federated.Engine.Networks;
using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;
using Federated.Pruning.Costs;

namespace Federated.Methods.FedTiny;

/// <summary>"Measure the batch-norm statistics of this candidate on your development set": only forward passes, only statistics go up.</summary>
public sealed class RecalibrateCandidate(IFederation federation, GlobalModel candidate) : ClientTask<float[]>
{
    /// <summary>Name of the task.</summary>
    public const string TaskName = "recalibrate";

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskPart> Parts { get; } = CandidateParts.Of(candidate);

    /// <inheritdoc/>
    public override IAnswerCollector<float[]> CreateCollector() => new StatisticsCollector(federation.Plan.Statistics, candidate.Mask);

    /// <inheritdoc/>
    public override double Flops(ClientDescription client) => (double)client.DevelopmentSamples * FlopCost.Forward(candidate.Mask);

    /// <inheritdoc/>
    public override Payload PlannedAnswer(NetworkPlan plan, ClientDescription client) => RecalibrateCandidateHandler.Answer(candidate.Statistics);
}

/// <summary>The client half of <see cref="RecalibrateCandidate"/>.</summary>
public sealed class RecalibrateCandidateHandler : IClientTaskHandler
{
    /// <inheritdoc/>
    public string Name => RecalibrateCandidate.TaskName;

    /// <inheritdoc/>
    public Payload Run(Client client, Payload received, CancellationToken cancel)
    {
        (Engine.Parameters.Mask mask, float[] values) = received.Model(client.DenseMask);
        client.Load(mask, values, Engine.Models.Initialization.Statistics(client.Plan));
        client.RecalibrateOnDevelopmentSet(cancel);
        return Answer(client.CopyStatistics());
    }

    /// <inheritdoc/>
    public IAnswerFold CreateFold(ExperimentContext context, Payload received, int round) => new StatisticsCollector(context.Plan.Statistics, received.Model(context.DenseMask).Mask);

    internal static Payload Answer(float[] statistics) => new([new NormStatisticsPart(statistics)]);
}
