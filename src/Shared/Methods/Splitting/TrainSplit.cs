using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.PartialTuning;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>
/// "Train your ends of this model on your own samples, with the server's part between them": values that train down and up, frozen ones down once, and at the cut as many bytes as
/// <see cref="SplitCosts"/> counts. Where clients keep their values to themselves, those to start from cross once and none else.
/// </summary>
public sealed class TrainSplit : ClientTask<TensorAnswer>
{
    /// <summary>Name of the task.</summary>
    public const string TaskName = "split";

    private readonly SplitProgram program;
    private readonly SplitCosts costs;
    private readonly GlobalModel model;
    private readonly float[] clientView;

    /// <summary>The task of training <paramref name="model"/> in a round.</summary>
    /// <param name="federation">The federation.</param>
    /// <param name="model">The model.</param>
    /// <param name="round">The round.</param>
    /// <param name="start">Where clients keep their values to themselves: what <see cref="StartOf"/> gave, the same in every round.</param>
    public TrainSplit(IFederation federation, GlobalModel model, int round, TaskPart? start = null)
    {
        this.model = model;
        program = federation.Split;
        clientView = program.ClientView(model);
        costs = new SplitCosts(program, federation.Experiment, round);
        var parts = new List<TaskPart>();
        if (program.ClientsKeepTheirs)
        {
            parts.Add(start ?? throw new ArgumentNullException(nameof(start)));
        }
        else
        {
            if (!program.ClientFrozen.IsEmpty)
                parts.Add(new TaskPart(OfClient(PartKind.FrozenValues, program.ClientFrozen), Retention.UntilReplaced));
            parts.Add(new TaskPart(OfClient(PartKind.TensorValues, program.ClientTrainable)));
        }

        Parts = parts;
        ServerParts = [new TensorValuesPart(PartKind.BodyValues, program.ServerTensors, program.ServerTensors.Gather(model.Values))];
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskPart> Parts { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Part> ServerParts { get; }

    /// <inheritdoc/>
    public override bool CutIsExact => costs.IsExact;

    /// <inheritdoc/>
    public override IAnswerCollector<TensorAnswer> CreateCollector() => new TensorAnswerCollector(
        TaskName, program.ClientTrainable, program.ServerTrainable, model.Mask, costs.SamplesSeen, program.ClientKind);

    /// <summary>All values of the client's part that a client starts from which then trains its own. Their content is the same in every round, so that they cross to each client once.</summary>
    public static TaskPart StartOf(SplitProgram program, GlobalModel initial) =>
        new(new TensorValuesPart(PartKind.FrozenValues, program.ClientTensors, program.ClientTensors.Gather(initial.Values)), Retention.UntilReplaced);

    /// <inheritdoc/>
    public override double Flops(ClientDescription client) => costs.ClientFlops(client);

    /// <inheritdoc/>
    public override double ServerFlops(ClientDescription client) => costs.ServerFlops(client);

    /// <inheritdoc/>
    public override int CutMessages(ClientDescription client) => costs.Messages(client);

    /// <inheritdoc/>
    public override IReadOnlyList<PartSize> PlannedCut(ClientDescription client) => costs.Crossing(client);

    /// <inheritdoc/>
    public override Payload PlannedAnswer(NetworkPlan plan, ClientDescription client) => TrainSplitHandler.Answer(
        program, costs.SamplesSeen(client), 0, program.ClientTrainable.Gather(clientView), program.ServerTrainable.Gather(model.Values));

    private TensorValuesPart OfClient(PartKind kind, ParameterSubset subset) => new(kind, subset, subset.Gather(clientView));
}
