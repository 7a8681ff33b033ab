using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Methods.Data;
using Federated.Methods.DataPruning;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.Splitting;

namespace Federated.Methods.Clients;

/// <summary>
/// A simulated client at work: its private samples, borrowed to one worker's network for one task. It holds nothing between two tasks;
/// what a real device would keep of payloads is kept by the node and arrives in the received payload, and what it keeps of its own is its <see cref="State"/>.
/// </summary>
public sealed class Client
{
    private readonly ExperimentContext context;
    private readonly Worker worker;
    private readonly IClientProgress? progress;
    private ClientState? state;

    /// <summary>Client <paramref name="id"/> in round <paramref name="round"/>, working in a worker's workspace.</summary>
    public Client(ExperimentContext context, Worker worker, int id, int round, IClientProgress? progress, ClientState? state = null)
    {
        this.state = state;
        this.context = context;
        this.worker = worker;
        this.progress = progress;
        Description = context.Clients[id];
        Round = round;
    }

    /// <summary>Number of samples and device.</summary>
    public ClientDescription Description { get; }

    /// <summary>The round under way.</summary>
    public int Round { get; }

    /// <summary>What it holds on to from task to task and from round to round; what a task puts there is there in its next.</summary>
    public ClientState State => state ??= new ClientState();

    /// <summary>Whether the task has changed that.</summary>
    public bool HasNewState => state is { IsChanged: true };

    /// <summary>The experiment.</summary>
    public ExperimentSpec Experiment => context.Experiment;

    /// <summary>The network's plan.</summary>
    public NetworkPlan Plan => context.Plan;

    /// <summary>The mask that keeps every coordinate.</summary>
    public Mask DenseMask => context.DenseMask;

    /// <summary>The server's part of a cut model; null for a task that the client does alone.</summary>
    public SplitChannel? Server { get; set; }

    /// <summary>The experiment and what follows from it.</summary>
    internal ExperimentContext Context => context;

    /// <summary>The workspace.</summary>
    internal Worker Worker => worker;

    /// <summary>The client's training samples, ascending.</summary>
    internal int[] TrainingSamples => context.TrainingSamples(Description.Id);

    /// <summary>The worker's network, holding what <see cref="Load"/> put there.</summary>
    public Network Network => worker.Network;

    /// <summary>Puts a model into the network: one copy of the values when the mask is the one already there.</summary>
    public void Load(Mask mask, ReadOnlySpan<float> values, ReadOnlySpan<float> statistics)
    {
        Network.SetMask(mask);
        values.CopyTo(Network.Values);
        statistics.CopyTo(Network.Statistics);
    }

    /// <summary>The network's values, in an array of the worker's that holds until its next client.</summary>
    public float[] CopyValues() => worker.Copies.OfValues(Network.Values);

    /// <summary>The network's running statistics, in an array of the worker's that holds until its next client.</summary>
    public float[] CopyStatistics() => worker.Copies.OfStatistics(Network.Statistics);

    /// <summary>
    /// Trains on the private samples that the experiment's data pruning chooses, as many as <see cref="SampleBudget.OfRound"/> says, and returns the sum of their losses over all epochs.
    /// </summary>
    /// <param name="cancel">Stops the training.</param>
    /// <param name="trainable">What trains of the network; null: all of it.</param>
    internal double Train(CancellationToken cancel, TrainableParameters? trainable = null)
    {
        TrainingSpec training = Experiment.Training;
        EpochSamples? chosen = training.DataPruning.Kind == DataPruningSpec.None ? null : new EpochSamples(this, Network, EvaluateForward, cancel);
        int steps = 0;
        for (int epoch = 0; epoch < training.Epochs; epoch++)
            steps += BatchOrder.BatchCount(SampleBudget.OfEpoch(Experiment, Description.Samples, Round, epoch), training.BatchSize);
        float learningRate = (float)training.LearningRate.At(Round, Experiment.Rounds);
        worker.Optimizer.Reset(trainable?.Count ?? Network.Mask.Count);
        double lossSum = 0;
        int step = 0;
        for (int epoch = 0; epoch < training.Epochs; epoch++)
        {
            var key = new AugmentationKey(Round, Description.Id, epoch);
            ReadOnlySpan<int> order = worker.Order(chosen?.Choose(epoch) ?? context.TrainingSamples(Description.Id), key);
            for (int start = 0; start < order.Length; start += training.BatchSize)
            {
                cancel.ThrowIfCancellationRequested();
                int count = Math.Min(training.BatchSize, order.Length - start);
                ReadOnlySpan<int> batch = order.Slice(start, count);
                worker.LoadBatch(batch, key);
                Network.Forward(ForwardMode.Train, count, new RandomKey(Experiment.Seed, RandomPurpose.Dropout, Round, Description.Id, step));
                chosen?.Trained(batch);
                lossSum += Network.Loss(worker.Labels(count), (float)training.LabelSmoothing, chosen is null ? [] : chosen.Weights(batch)).LossSum;
                Network.Backward();
                if (trainable is null)
                    worker.Optimizer.Step(Network.Values, Network.Gradients, learningRate);
                else
                    trainable.Step(worker.Optimizer, learningRate);
                progress?.StepDone(Description.Id, ++step, steps);
            }
        }

        chosen?.Remember(State);
        return lossSum;
    }

    /// <summary>One forward and backward pass over <paramref name="count"/> training samples for the gradients that the probe asks for; values and running statistics stay as they are.</summary>
    public void ProbeGradients(GradientProbe probe, int count)
    {
        float[] statistics = Network.Statistics.ToArray();
        // Epoch number −1 gives an order and augmentation of its own, apart from those of the training epochs.
        var key = new AugmentationKey(Round, Description.Id, -1);
        worker.LoadBatch(worker.Order(context.TrainingSamples(Description.Id), key)[..count], key);
        Network.Forward(ForwardMode.Train, count, new RandomKey(Experiment.Seed, RandomPurpose.Dropout, Round, Description.Id, -1));
        Network.Loss(worker.Labels(count), (float)Experiment.Training.LabelSmoothing);
        Network.Backward(probe);
        statistics.CopyTo(Network.Statistics);
    }

    /// <summary>Forward passes over the development set that replace the running statistics by those of the data, exactly pooled over batches.</summary>
    public void RecalibrateOnDevelopmentSet(CancellationToken cancel)
    {
        Network.BeginRecalibration();
        ForEachDevelopmentBatch(count => Network.Forward(ForwardMode.Recalibrate, count), cancel);
        Network.EndRecalibration();
    }

    /// <summary>Sum of the losses over the development set under the running statistics.</summary>
    public double DevelopmentLossSum(CancellationToken cancel)
    {
        double sum = 0;
        ForEachDevelopmentBatch(
            count =>
            {
                Network.Forward(ForwardMode.Evaluate, count);
                sum += Network.Loss(worker.Labels(count)).LossSum;
            },
            cancel);
        return sum;
    }

    /// <summary>Says how far the training is.</summary>
    internal void Report(int done, int total) => progress?.StepDone(Description.Id, done, total);

    private void EvaluateForward(ReadOnlySpan<int> batch)
    {
        worker.LoadBatch(batch, augmented: null);
        Network.Forward(ForwardMode.Evaluate, batch.Length);
    }

    private void ForEachDevelopmentBatch(Action<int> body, CancellationToken cancel)
    {
        int[] samples = context.DevelopmentSamples(Description.Id);
        int batchSize = Experiment.Training.BatchSize;
        for (int start = 0; start < samples.Length; start += batchSize)
        {
            cancel.ThrowIfCancellationRequested();
            int count = Math.Min(batchSize, samples.Length - start);
            worker.LoadBatch(samples.AsSpan(start, count), augmented: null);
            body(count);
        }
    }
}
