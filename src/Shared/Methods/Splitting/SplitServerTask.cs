using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Randomness;
using Federated.Methods.Clients;
using Federated.Methods.Experiments;
using Federated.Methods.LocalTraining;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>
/// The server's half of <see cref="TrainSplit"/> for one client: the body, and the tail where the server has the labels. What trains, trains on a copy of this client's own (SplitFed V1, Thapa et al. 2022).
/// Between a forward and a backward message the activations stay in the workspace; when it has served others meanwhile, they are computed again from what the client sent.
/// </summary>
internal sealed class SplitServerTask : ISplitTask
{
    private readonly ExperimentContext context;
    private readonly SplitProgram program;
    private readonly float[] values;
    private readonly int round;
    private readonly int client;
    private readonly float learningRate;
    private readonly IOptimizer? optimizer;
    private readonly SmashedDataStore? store;
    private readonly ActivationCompressor forward;
    private readonly ActivationCompressor backward;
    private ActivationPositions? smashedPositions;
    private float[] smashed = [];
    private int count;
    private int step = -1;
    private bool awaitsGradient;
    private double lossSum;

    /// <summary>Starts from the server's values.</summary>
    public SplitServerTask(ExperimentContext context, TensorValuesPart body, int round, int client)
    {
        this.context = context;
        this.round = round;
        this.client = client;
        program = context.Split;
        bool trains = !program.ServerTrainable.IsEmpty;
        // Frozen values are shared by all sessions.
        values = trains ? [.. body.Values] : body.Values;
        ExperimentSpec experiment = context.Experiment;
        forward = new ActivationCompressor(program.Compression.Coding);
        backward = new ActivationCompressor(program.Compression.Coding);
        learningRate = (float)experiment.Training.LearningRate.At(round, experiment.Rounds);
        if (trains)
        {
            optimizer = OptimizerFactory.Create(experiment.Training.Optimizer);
            optimizer.Reset(program.ServerTrainable.Count);
        }

        if (program.Wire.Cached)
            store = new SmashedDataStore(program, context.Clients[client].Samples);
    }

    /// <inheritdoc/>
    public ActivationPositions? Positions { get; private set; }

    /// <inheritdoc/>
    public Payload Exchange(SplitWorkspace workspace, SplitLeg leg, Payload received)
    {
        switch (leg)
        {
            case SplitLeg.Forward when !program.LabelsAtServer && !awaitsGradient:
                return Forward(workspace, received);
            case SplitLeg.Backward when awaitsGradient:
                return Backward(workspace, received);
            case SplitLeg.Train when program.LabelsAtServer:
                return Train(workspace, received);
            case SplitLeg.Complete when !awaitsGradient:
                return Complete(workspace);
            default:
                throw new SplitSessionException($"The leg {leg} does not follow {(step < 0 ? "the start" : $"step {step}")} of a split session{(awaitsGradient ? ", which waits for a gradient" : "")}.");
        }
    }

    private Payload Forward(SplitWorkspace workspace, Payload received)
    {
        TakeSmashed(received);
        RunForward(workspace);
        awaitsGradient = program.SendsTailGradient;
        var shape = new ActivationShape(count, program.BodyTokens, program.Cut.Tail.InputChannels);
        float[] output = new float[shape.Count];
        workspace.Body.ReadOutput(output, first: 0, pixels: program.BodyTokens);
        ActivationsPart part = forward.Compress(PartKind.BodyOutput, shape, output, CutKey(PartKind.BodyOutput));
        Positions = part.Positions;
        return new Payload(part);
    }

    private Payload Backward(SplitWorkspace workspace, Payload received)
    {
        awaitsGradient = false;
        float[] gradient = Require(received, PartKind.TailGradient, new ActivationShape(count, program.BodyTokens, program.Cut.Tail.InputChannels));
        if (!ReferenceEquals(workspace.Holder, this))
            RunForward(workspace);
        workspace.Body.WriteOutputGradient(gradient, first: 0, pixels: program.BodyTokens);
        workspace.Body.Backward();
        return Learn(workspace);
    }

    private Payload Train(SplitWorkspace workspace, Payload received)
    {
        int[] labels = received.Find<LabelsPart>()?.Labels ?? throw new SplitSessionException("A batch came without labels.");
        TakeSmashed(received);
        if (labels.Length != count)
            throw new SplitSessionException($"A batch of {count} samples came with {labels.Length} labels.");
        RunForward(workspace);
        float[] cut = new float[count * program.Cut.Body.OutputCount];
        workspace.Body.ReadOutput(cut);
        workspace.Tail.WriteInput(cut, count);
        workspace.Tail.Forward(ForwardMode.Train, count, DropoutKey());
        lossSum += workspace.Tail.Loss(labels, (float)context.Experiment.Training.LabelSmoothing).LossSum;
        workspace.Tail.Backward();
        workspace.Tail.ReadInputGradient(cut);
        workspace.Body.WriteOutputGradient(cut);
        workspace.Body.Backward();
        return Learn(workspace);
    }

    // The gradient at the cut belongs to the values that the forward pass used; the step comes after it was computed, so the order does not matter to it.
    private Payload Learn(SplitWorkspace workspace)
    {
        Part[] reply = program.SendsCutGradient ? [CutGradient(workspace.Body)] : [];
        if (optimizer is not null)
        {
            workspace.Trainable.Step(optimizer, learningRate);
            workspace.Read(values);
        }

        return new Payload(reply);
    }

    private ActivationsPart CutGradient(Network body)
    {
        int features = program.Cut.Body.InputChannels;
        if (program.Wire.PromptGradientOnly)
        {
            var sums = new ActivationShape(1, program.PromptCount, features);
            float[] prompts = new float[sums.Count];
            body.SumInputGradient(prompts, first: 1, pixels: program.PromptCount);
            return backward.CompressGradient(PartKind.CutGradient, sums, prompts, forward: null, CutKey(PartKind.CutGradient));
        }

        var shape = new ActivationShape(count, program.HeadTokens, features);
        float[] gradient = new float[shape.Count];
        body.ReadInputGradient(gradient);
        return backward.CompressGradient(PartKind.CutGradient, shape, gradient, smashedPositions, CutKey(PartKind.CutGradient));
    }

    private Payload Complete(SplitWorkspace workspace)
    {
        var scalars = new ScalarsPart(Scalar.Of(ScalarKey.LossSum, lossSum));
        if (program.ServerTrainable.IsEmpty)
            return new Payload(scalars);
        Take(workspace);
        return new Payload(scalars, new TensorValuesPart(PartKind.BodyValues, program.ServerTrainable, workspace.Trainable.Read()));
    }

    // Whoever held the workspace finds that it no longer does, and computes its activations again.
    private void Take(SplitWorkspace workspace)
    {
        if (!ReferenceEquals(workspace.Holder, this))
            workspace.Load(values);
        workspace.Holder = this;
    }

    private void TakeSmashed(Payload received)
    {
        if (store is not null)
        {
            smashed = store.Assemble(received);
        }
        else
        {
            ActivationsPart part = received.Parts.OfType<ActivationsPart>().FirstOrDefault(static part => part.Kind == PartKind.SmashedData)
                ?? throw new SplitSessionException("A batch came without smashed data.");
            if (part.Shape.Tokens != program.HeadTokens || part.Shape.Features != program.Cut.Body.InputChannels)
                throw new SplitSessionException($"Smashed data of {part.Shape} came where samples have {program.HeadTokens}×{program.Cut.Body.InputChannels} values.");
            smashed = part.ToArray();
            smashedPositions = part.Positions;
        }

        count = smashed.Length / (program.HeadTokens * program.Cut.Body.InputChannels);
        step++;
    }

    private void RunForward(SplitWorkspace workspace)
    {
        Take(workspace);
        workspace.Body.WriteInput(smashed, count);
        workspace.Body.Forward(ForwardMode.Train, count, DropoutKey());
    }

    private RandomKey CutKey(PartKind leg) => CutKeys.Of(context.Experiment.Seed, round, client, step, leg);

    private RandomKey DropoutKey() => new(context.Experiment.Seed, RandomPurpose.Dropout, round, client, step);

    private static float[] Require(Payload received, PartKind kind, ActivationShape shape) =>
        received.Parts.OfType<ActivationsPart>().FirstOrDefault(part => part.Kind == kind) is { } found && found.Shape == shape
            ? found.ToArray()
            : throw new SplitSessionException($"A message came without {kind} of {shape}.");
}
