using Federated.Engine.Parameters;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>
/// What one round of split training costs a client and the server, as formulas over the cut model. With n samples, of which κn are kept for E epochs with the server after U epochs alone, and f the
/// operations of a part's forward pass of one sample: a part that trains costs 3f a step, one that passes a gradient on 2f, a frozen one before everything that trains f.
/// </summary>
internal sealed class SplitCosts
{
    private readonly SplitProgram program;
    private readonly ExperimentSpec experiment;

    public SplitCosts(SplitProgram program, ExperimentSpec experiment)
    {
        this.program = program;
        this.experiment = experiment;
    }

    /// <summary>Whether every message has a length that does not depend on its values.</summary>
    public bool IsExact => true;

    /// <summary>Samples that a client keeps for training with the server (κn).</summary>
    public int Kept(ClientDescription client) => client.Samples;

    /// <summary>Samples that it goes through with the server (κnE).</summary>
    public long SamplesSeen(ClientDescription client) => (long)Kept(client) * experiment.Training.Epochs;

    /// <summary>Operations of the client: U epochs alone, a look at all samples where pruning needs one, and E epochs with the server.</summary>
    public double ClientFlops(ClientDescription client)
    {
        double head = 2.0 * program.Cut.Head.MultiplyAdds();
        double tail = 2.0 * program.Cut.Tail.MultiplyAdds();
        double headStep = head * StepFactor(program.InHead(program.ClientTrainable), passesOn: false);
        double tailStep = tail * StepFactor(program.InTail(program.ClientTrainable), passesOn: program.HeadTrains);
        double alone = (headStep + tailStep) * client.Samples * program.SelfUpdateEpochs;
        double withServer = (headStep + (program.LabelsAtServer ? 0 : tail * StepFactor(program.InTail(program.ClientTrainable), program.SendsTailGradient))) * SamplesSeen(client);
        return alone + withServer;
    }

    /// <summary>Operations of the server's part for the client.</summary>
    public double ServerFlops(ClientDescription client)
    {
        double body = 2.0 * program.Cut.Body.MultiplyAdds() * StepFactor(program.InBody(program.ServerTrainable), program.HeadTrains);
        double tail = !program.LabelsAtServer ? 0 : 2.0 * program.Cut.Tail.MultiplyAdds()
            * StepFactor(program.InTail(program.ServerTrainable), program.HeadTrains || !program.InBody(program.ServerTrainable).IsEmpty);
        return (body + tail) * SamplesSeen(client);
    }

    /// <summary>Messages at the cut that wait for a reply: one or two a step, and the end.</summary>
    public int Messages(ClientDescription client) => checked((int)(Steps(client) * (program.SendsTailGradient ? 2 : 1)) + 1);

    /// <summary>Bytes at the cut by kind, headers included.</summary>
    public IReadOnlyList<PartSize> Crossing(ClientDescription client)
    {
        var sums = new SortedDictionary<PartKind, long>();
        int kept = Kept(client);
        int batch = experiment.Training.BatchSize;
        for (int epoch = 0; epoch < experiment.Training.Epochs; epoch++)
        {
            // With a cache, the first epoch sends whole samples and the others what differs.
            bool isFirst = epoch == 0;
            AddSteps(sums, batch, kept / batch, client.Samples, isFirst);
            AddSteps(sums, kept % batch, kept % batch == 0 ? 0 : 1, client.Samples, isFirst);
        }

        return [.. sums.Select(static pair => new PartSize(pair.Key, pair.Value))];
    }

    /// <summary>Bytes of training state on a client: the values of its ends, gradients and optimiser state of what trains there.</summary>
    public long ClientStateBytes()
    {
        long values = program.SelfUpdateEpochs > 0 && program.LabelsAtServer ? program.ClientTensors.Count + program.Cut.Tail.Parameters.Count : program.ClientTensors.Count;
        return sizeof(float) * (values + (program.ClientTrainable.Count * (1L + OptimizerFactory.Create(experiment.Training.Optimizer).StatePerValue)));
    }

    /// <summary>Bytes of the activations of one batch on a client.</summary>
    public long ClientActivationBytes() =>
        program.Cut.Head.ActivationBytes(experiment.Training.BatchSize) + (program.LabelsAtServer ? 0 : program.Cut.Tail.ActivationBytes(experiment.Training.BatchSize));

    private static double StepFactor(ParameterSubset trainable, bool passesOn)
    {
        // Linear layers cost a forward pass, as much for their input's gradient and as much for their weights'. What trains in front of everything, like prompts, costs no product at all.
        bool trainsWeights = trainable.Tensors.Any(tensor => trainable.Layout.Tensors[tensor].IsPrunable);
        return 1 + (trainsWeights ? 1 : 0) + (passesOn || (trainsWeights && trainable.Layout.BlockCount > 1 && IsWhole(trainable)) ? 1 : 0);
    }

    private static bool IsWhole(ParameterSubset trainable) => trainable.IsAll;

    private long Steps(ClientDescription client) => (long)((Kept(client) + experiment.Training.BatchSize - 1) / experiment.Training.BatchSize) * experiment.Training.Epochs;

    private void AddSteps(SortedDictionary<PartKind, long> sums, int samples, int steps, int population, bool isFirstEpoch)
    {
        if (steps == 0)
            return;
        int features = program.Cut.Body.InputChannels;
        var whole = new ActivationShape(samples, program.HeadTokens, features);
        var output = new ActivationShape(samples, program.BodyTokens, program.Cut.Tail.InputChannels);
        int[] numbers = new int[samples];
        var up = new List<Part>();
        if (program.Wire.Cached)
            up.Add(new SampleNumbersPart(population, numbers));
        if (!program.Wire.Cached || isFirstEpoch)
            up.Add(Empty(PartKind.SmashedData, whole));
        else if (program.PromptCount > 0)
            up.Add(Empty(PartKind.SmashedData, new ActivationShape(1, program.PromptCount, features)));
        if (program.LabelsAtServer)
            up.Add(new LabelsPart(program.Cut.Tail.Classes, numbers));
        Add(sums, steps, [.. up]);
        if (!program.LabelsAtServer)
            Add(sums, steps, Empty(PartKind.BodyOutput, output));
        if (program.SendsTailGradient)
            Add(sums, steps, Empty(PartKind.TailGradient, output));
        if (program.HeadTrains)
            Add(sums, steps, Empty(PartKind.CutGradient, program.Wire.PromptGradientOnly ? new ActivationShape(1, program.PromptCount, features) : whole));
    }

    private static DenseActivationsPart Empty(PartKind kind, ActivationShape shape) => new(kind, shape, new float[shape.Count]);

    // As a channel books them: a message's envelope with its first part.
    private static void Add(SortedDictionary<PartKind, long> sums, int messages, params Part[] parts)
    {
        IReadOnlyList<PartSize> sizes = new Payload(parts).Sizes();
        for (int i = 1; i < sizes.Count; i++)
            sums[sizes[i].Kind] = sums.GetValueOrDefault(sizes[i].Kind) + (messages * (sizes[i].Bytes + (i == 1 ? sizes[0].Bytes : 0)));
    }
}
