using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Randomness;
using Federated.Methods.Clients;
using Federated.Methods.DataPruning;
using Federated.Methods.Experiments;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>
/// The client's side of split training: the self-update through the shortcut from the head into the tail, and the training with the server. Samples, augmentation and dropout are keyed as in
/// local training, so that split training over the same samples has the bits of unsplit training.
/// </summary>
internal sealed class SplitClient
{
    // Steps are below 2³² in a key; those with the server count from 0.
    private const long FirstStepAlone = 1L << 31;

    private readonly Client client;
    private readonly SplitProgram program;
    private readonly SplitEnds ends;
    private readonly IOptimizer optimizer;
    private readonly TrainingSpec training;
    private readonly float learningRate;
    private readonly SmashedDataCache? cache;
    private readonly ActivationCompressor forward;
    private readonly ActivationCompressor backward;
    private ActivationPositions? smashedPositions;
    private EpochSamples? chosen;
    private int step;
    private int steps;
    private int stepsAlone;

    /// <summary>A client whose ends are loaded.</summary>
    public SplitClient(Client client)
    {
        this.client = client;
        program = client.Context.Split;
        ends = client.Worker.Ends;
        optimizer = client.Worker.Optimizer;
        training = client.Experiment.Training;
        learningRate = (float)training.LearningRate.At(client.Round, client.Experiment.Rounds);
        forward = new ActivationCompressor(program.Compression.Coding);
        backward = new ActivationCompressor(program.Compression.Coding);
        cache = program.Wire.Cached ? new SmashedDataCache(program, client.TrainingSamples) : null;
    }

    /// <summary>
    /// Phase 1 of SFPrompt: epochs over all samples in which the tail reads what the head gives. No byte crosses. The optimiser starts afresh before and after: the loss is another network's.
    /// </summary>
    public void UpdateAlone(CancellationToken cancel)
    {
        optimizer.Reset(ends.Trainable.Count);
        for (int epoch = 0; epoch < program.SelfUpdateEpochs; epoch++)
        {
            // Epochs from −2 downwards: orders, augmentation and dropout of their own (−1 is that of probed gradients).
            var key = new AugmentationKey(client.Round, client.Description.Id, -2 - epoch);
            ReadOnlySpan<int> order = client.Worker.Order(client.TrainingSamples, key);
            for (int start = 0; start < order.Length; start += training.BatchSize)
            {
                cancel.ThrowIfCancellationRequested();
                ReadOnlySpan<int> batch = order.Slice(start, Math.Min(training.BatchSize, order.Length - start));
                client.Worker.LoadHeadBatch(batch, key);
                StepAlone(batch.Length, DropoutKey(FirstStepAlone + stepsAlone++));
            }
        }
    }

    /// <summary>Chooses the samples for the training with the server: where that needs a look at them, with the head and the tail as they are now.</summary>
    public void ChooseSamples(CancellationToken cancel)
    {
        if (training.DataPruning.Kind != DataPruningSpec.None)
            chosen = new EpochSamples(client, ends.Tail, EvaluateAlone, cancel);
    }

    /// <summary>Trains with the server; returns the samples that it went through and the sum of their losses, which is 0 where the server computes them.</summary>
    public (long SamplesSeen, double LossSum) TrainWithServer(CancellationToken cancel)
    {
        optimizer.Reset(ends.Trainable.Count);
        steps = new SplitCosts(program, client.Experiment, client.Round).Steps(client.Description);
        long seen = 0;
        double lossSum = 0;
        for (int epoch = 0; epoch < training.Epochs; epoch++)
        {
            int[] samples = chosen?.Choose(epoch) ?? client.TrainingSamples;
            TrainWithServer(samples, epoch, ref lossSum, cancel);
            seen += samples.Length;
        }

        chosen?.Remember(client.State);
        return (seen, lossSum);
    }

    // One sum over all epochs, step by step, as local training has it.
    private void TrainWithServer(int[] samples, int epoch, ref double lossSum, CancellationToken cancel)
    {
        var key = new AugmentationKey(client.Round, client.Description.Id, epoch);
        ReadOnlySpan<int> order = client.Worker.Order(samples, key);
        for (int start = 0; start < order.Length; start += training.BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<int> batch = order.Slice(start, Math.Min(training.BatchSize, order.Length - start));
            client.Worker.LoadHeadBatch(batch, key);
            ends.Head.Forward(ForwardMode.Train, batch.Length, DropoutKey(step));
            ends.Head.ReadOutput(ends.Smashed(batch.Length));
            lossSum += program.LabelsAtServer ? SendLabels(batch) : ReceiveOutput(batch);
            ends.Trainable.Step(optimizer, learningRate);
            client.Report(++step, steps);
        }
    }

    // A gradient may come back at the places at which the batch went up.
    private PayloadContext GradientContext => client.Context.SplitPayloads with { Positions = smashedPositions };

    private SplitChannel Channel => client.Server ?? throw new InvalidOperationException("A split task came without the server's part.");

    // Head, then tail at once.
    private void StepAlone(int count, RandomKey key)
    {
        ends.Head.Forward(ForwardMode.Train, count, key);
        ends.Head.ReadOutput(ends.Smashed(count));
        LearnAlone(count, key);
        ends.Trainable.Step(optimizer, learningRate);
    }

    // The tail on what the head gave, and back.
    private void LearnAlone(int count, RandomKey key)
    {
        Span<float> cut = ends.Smashed(count);
        ends.Tail.WriteInput(cut, count);
        ends.Tail.Forward(ForwardMode.Train, count, key);
        ends.Tail.Loss(client.Worker.Labels(count), (float)training.LabelSmoothing);
        ends.Tail.Backward();
        if (!program.HeadTrains)
            return;
        ends.Tail.ReadInputGradient(cut);
        ends.Head.WriteOutputGradient(cut);
        ends.Head.Backward();
    }

    private void EvaluateAlone(ReadOnlySpan<int> batch)
    {
        client.Worker.LoadHeadBatch(batch, augmented: null);
        ends.Head.Forward(ForwardMode.Evaluate, batch.Length);
        Span<float> cut = ends.Smashed(batch.Length);
        ends.Head.ReadOutput(cut);
        ends.Tail.WriteInput(cut, batch.Length);
        ends.Tail.Forward(ForwardMode.Evaluate, batch.Length);
    }

    private double ReceiveOutput(ReadOnlySpan<int> batch)
    {
        int count = batch.Length;
        ActivationsPart output = Require(Channel.Exchange(SplitLeg.Forward, new Payload(Smashed(batch)), client.Context.SplitPayloads), PartKind.BodyOutput, OutputShape(count));
        Span<float> values = ends.Output(count);
        output.CopyTo(values);
        ends.Tail.WriteInput(values, count, first: 0, pixels: program.BodyTokens);
        ends.Tail.Forward(ForwardMode.Train, count, DropoutKey(step));
        chosen?.Trained(batch);
        LossResult loss = ends.Tail.Loss(client.Worker.Labels(count), (float)training.LabelSmoothing, chosen is null ? [] : chosen.Weights(batch));
        ends.Tail.Backward();
        if (program.SendsTailGradient)
        {
            ends.Tail.ReadInputGradient(values, first: 0, pixels: program.BodyTokens);
            Part gradient = backward.CompressGradient(PartKind.TailGradient, OutputShape(count), ends.OutputMemory(count), output.Positions, CutKey(PartKind.TailGradient));
            TakeGradient(Channel.Exchange(SplitLeg.Backward, new Payload(gradient), GradientContext), count);
        }

        return loss.LossSum;
    }

    private double SendLabels(ReadOnlySpan<int> batch)
    {
        Part[] parts = [.. Smashed(batch), new LabelsPart(client.Plan.Classes, client.Worker.Labels(batch.Length).ToArray())];
        Payload reply = Channel.Exchange(SplitLeg.Train, new Payload(parts), GradientContext);
        if (program.LocalLoss)
            LearnAlone(batch.Length, DropoutKey(step));
        else
            TakeGradient(reply, batch.Length);
        return 0;
    }

    private void TakeGradient(Payload reply, int count)
    {
        if (!program.SendsCutGradient)
            return;
        bool onlyPrompts = program.Wire.PromptGradientOnly;
        ActivationShape shape = onlyPrompts ? new ActivationShape(1, program.PromptCount, program.Cut.Body.InputChannels) : SmashedShape(count);
        ActivationsPart gradient = Require(reply, PartKind.CutGradient, shape);
        Span<float> values = ends.Smashed(onlyPrompts ? 1 : count)[..shape.Count];
        gradient.CopyTo(values);
        if (onlyPrompts)
        {
            // The sum stands in the first image and zero in all others: the head's own sum over the batch is this sum.
            ends.Head.WriteOutputGradientOfFirst(values, first: 1, pixels: program.PromptCount);
        }
        else
        {
            ends.Head.WriteOutputGradient(values);
        }

        ends.Head.Backward();
    }

    private Part[] Smashed(ReadOnlySpan<int> batch)
    {
        if (cache is not null)
            return cache.PartsFor(batch, ends.SmashedMemory(batch.Length));
        ActivationsPart part = forward.Compress(PartKind.SmashedData, SmashedShape(batch.Length), ends.SmashedMemory(batch.Length), CutKey(PartKind.SmashedData));
        smashedPositions = part.Positions;
        return [part];
    }

    private ActivationShape SmashedShape(int count) => new(count, program.HeadTokens, program.Cut.Body.InputChannels);

    private ActivationShape OutputShape(int count) => new(count, program.BodyTokens, program.Cut.Tail.InputChannels);

    private RandomKey DropoutKey(long at) => new(client.Experiment.Seed, RandomPurpose.Dropout, client.Round, client.Description.Id, at);

    private RandomKey CutKey(PartKind leg) => CutKeys.Of(client.Experiment.Seed, client.Round, client.Description.Id, step, leg);

    private static ActivationsPart Require(Payload reply, PartKind kind, ActivationShape shape) =>
        reply.Parts.OfType<ActivationsPart>().FirstOrDefault(part => part.Kind == kind) is { } found && found.Shape == shape
            ? found
            : throw new SplitSessionException($"The server's part answered without {kind} of {shape}.");
}
