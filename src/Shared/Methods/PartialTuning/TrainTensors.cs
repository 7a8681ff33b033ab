using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.DataPruning;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.PartialTuning;

/// <summary>"Train these tensors of this model on your own samples": they go down and come up in every round, all others go down once.</summary>
public sealed class TrainTensors : ClientTask<TensorAnswer>
{
    /// <summary>Name of the task.</summary>
    public const string TaskName = "tune";

    private readonly IFederation federation;
    private readonly GlobalModel model;
    private readonly ParameterSubset trainable;
    private readonly int round;

    /// <summary>The task of training some tensors of a model in a round.</summary>
    public TrainTensors(IFederation federation, GlobalModel model, ParameterSubset trainable, int round)
    {
        this.federation = federation;
        this.model = model;
        this.trainable = trainable;
        this.round = round;
        ParameterSubset frozen = trainable.Complement();
        Parts =
        [
            .. frozen.IsEmpty ? (TaskPart[])[] : [new TaskPart(new TensorValuesPart(PartKind.FrozenValues, frozen, frozen.Gather(model.Values)), Retention.UntilReplaced)],
            new TaskPart(new TensorValuesPart(PartKind.TensorValues, trainable, trainable.Gather(model.Values))),
        ];
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskPart> Parts { get; }

    /// <inheritdoc/>
    public override IAnswerCollector<TensorAnswer> CreateCollector() =>
        new TensorAnswerCollector(TaskName, trainable, ParameterSubset.None(trainable.Layout), model.Mask, client => SampleBudget.OfRound(federation.Experiment, client.Samples, round));

    /// <inheritdoc/>
    public override double Flops(ClientDescription client) => 2.0 * (
        ((double)SampleBudget.OfRound(federation.Experiment, client.Samples, round) * federation.Plan.StepMultiplyAdds(trainable))
        + ((double)SampleBudget.Scanned(federation.Experiment, client.Samples) * federation.Plan.MultiplyAdds()));

    /// <inheritdoc/>
    public override Payload PlannedAnswer(NetworkPlan plan, ClientDescription client) =>
        TrainTensorsHandler.Answer(trainable, trainable.Gather(model.Values), SampleBudget.OfRound(federation.Experiment, client.Samples, round), 0);
}
