using Federated.Engine.Networks;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.DataPruning;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.PartialTuning;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>
/// What one round of split training costs a client and the server, known before it: operations layer by layer (a forward pass; as many again for weights that train, and as many again where a gradient is passed
/// on), and bytes message by message.
/// </summary>
/// <param name="program">The method.</param>
/// <param name="experiment">The experiment.</param>
/// <param name="round">The round.</param>
internal sealed class SplitCosts(SplitProgram program, ExperimentSpec experiment, int round)
{
    /// <summary>Whether every message has a length that does not depend on its values.</summary>
    public bool IsExact => program.Compression.HasExactSize;

    /// <summary>Bytes of training state on a client: the values of its ends, gradients and optimiser state of what trains there.</summary>
    public static long ClientStateBytes(ExperimentContext context)
    {
        SplitProgram program = context.Split;
        return TrainableStateBytes.Of(context.Experiment.Training.Optimizer, program.ClientTensors.Count, program.ClientTrainable.Count);
    }

    /// <summary>Bytes of the activations of one batch on a client.</summary>
    public static long ClientActivationBytes(ExperimentContext context)
    {
        SplitPlan cut = context.Split.Cut;
        int batch = context.Experiment.Training.BatchSize;
        return cut.Head.ActivationBytes(batch) + (context.Split.LabelsAtServer && !context.Split.LocalLoss ? 0 : cut.Tail.ActivationBytes(batch));
    }

    /// <summary>Samples that a client goes through with the server: κnE where a share κ is kept for E epochs.</summary>
    public long SamplesSeen(ClientDescription client) => SampleBudget.OfRound(experiment, client.Samples, round);

    /// <summary>Steps with the server.</summary>
    public int Steps(ClientDescription client)
    {
        int steps = 0;
        for (int epoch = 0; epoch < experiment.Training.Epochs; epoch++)
            steps += BatchOrder.BatchCount(SampleBudget.OfEpoch(experiment, client.Samples, round, epoch), experiment.Training.BatchSize);
        return steps;
    }

    /// <summary>Operations of the client: U epochs alone, a look at all samples where pruning needs one, and the epochs with the server.</summary>
    public double ClientFlops(ClientDescription client)
    {
        NetworkPlan head = program.Cut.Head;
        NetworkPlan tail = program.Cut.Tail;
        double headStep = 2.0 * head.StepMultiplyAdds(program.InHead(program.ClientTrainable));
        double tailAlone = 2.0 * tail.StepMultiplyAdds(program.InTail(program.ClientTrainable), program.HeadTrains);
        double tailStep = program.LabelsAtServer && !program.LocalLoss ? 0 : 2.0 * tail.StepMultiplyAdds(program.InTail(program.ClientTrainable), program.TailPassesOn);
        double look = 2.0 * (head.MultiplyAdds() + tail.MultiplyAdds());
        return ((headStep + tailAlone) * client.Samples * program.SelfUpdateEpochs)
            + (look * SampleBudget.Scanned(experiment, client.Samples))
            + ((headStep + tailStep) * SamplesSeen(client));
    }

    /// <summary>Operations of the server's part for the client.</summary>
    public double ServerFlops(ClientDescription client)
    {
        NetworkPlan body = program.Cut.Body;
        double step = 2.0 * (program.BodyGetsGradient ? body.StepMultiplyAdds(program.InBody(program.ServerTrainable), program.SendsCutGradient) : body.MultiplyAdds());
        if (program.LabelsAtServer)
            step += 2.0 * program.Cut.Tail.StepMultiplyAdds(program.InTail(program.ServerTrainable), program.BodyGetsGradient);
        return step * SamplesSeen(client);
    }

    /// <summary>Messages at the cut that wait for a reply: one or two a step.</summary>
    public int Messages(ClientDescription client) => Steps(client) * (program.SendsTailGradient ? 2 : 1);

    /// <summary>Bytes at the cut by kind, headers included.</summary>
    public IReadOnlyList<PartSize> Crossing(ClientDescription client)
    {
        var sums = new SortedDictionary<PartKind, long>();
        int batch = experiment.Training.BatchSize;
        for (int epoch = 0; epoch < experiment.Training.Epochs; epoch++)
        {
            int kept = SampleBudget.OfEpoch(experiment, client.Samples, round, epoch);
            AddSteps(sums, batch, kept / batch, client.Samples, epoch == 0);
            AddSteps(sums, kept % batch, kept % batch == 0 ? 0 : 1, client.Samples, epoch == 0);
        }

        return [.. sums.Select(static pair => new PartSize(pair.Key, pair.Value))];
    }

    private void AddSteps(SortedDictionary<PartKind, long> sums, int samples, int steps, int population, bool isFirstEpoch)
    {
        if (steps == 0)
            return;
        int features = program.Cut.Body.InputChannels;
        var whole = new ActivationShape(samples, program.HeadTokens, features);
        var prompts = new ActivationShape(1, Math.Max(1, program.PromptCount), features);
        var output = new ActivationShape(samples, program.BodyTokens, program.Cut.Tail.InputChannels);
        ActivationCompression coding = program.Compression.Coding;
        int[] numbers = new int[samples];
        var up = new List<(PartKind, long)>();
        if (program.Wire.Cached)
            up.Add((PartKind.SampleNumbers, SizeOf(new SampleNumbersPart(population, numbers))));
        if (!program.Wire.Cached || isFirstEpoch)
            up.Add((PartKind.SmashedData, coding.PartBytes(whole)));
        else if (program.PromptCount > 0)
            up.Add((PartKind.SmashedData, coding.PartBytes(prompts)));
        if (program.LabelsAtServer)
            up.Add((PartKind.Labels, SizeOf(new LabelsPart(program.Cut.Tail.Classes, numbers))));
        Add(sums, steps, [.. up]);
        if (!program.LabelsAtServer)
            Add(sums, steps, (PartKind.BodyOutput, coding.PartBytes(output)));
        if (program.SendsTailGradient)
            Add(sums, steps, (PartKind.TailGradient, coding.GradientPartBytes(output)));
        if (program.SendsCutGradient)
            Add(sums, steps, (PartKind.CutGradient, program.Wire.PromptGradientOnly ? SumBytes(prompts, coding) : coding.GradientPartBytes(whole)));
    }

    // A sum over the batch went up nowhere, so that no positions are known of it: it crosses whole, or quantised.
    private long SumBytes(ActivationShape prompts, ActivationCompression coding) => (program.Compression.HasExactSize ? coding : ActivationCompression.None).PartBytes(prompts);

    private static long SizeOf(Part part) => new Payload(part).Sizes()[1].Bytes;

    // As a channel books them: a message's envelope with its first part.
    private static void Add(SortedDictionary<PartKind, long> sums, int messages, params (PartKind Kind, long Bytes)[] parts)
    {
        for (int i = 0; i < parts.Length; i++)
            sums[parts[i].Kind] = sums.GetValueOrDefault(parts[i].Kind) + (messages * (parts[i].Bytes + (i == 0 ? Payload.EnvelopeBytes : 0)));
    }
}
