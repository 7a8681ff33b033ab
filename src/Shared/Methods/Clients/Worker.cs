using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Methods.Data;
using Federated.Methods.LocalTraining;
using Federated.Methods.Splitting;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Clients;

/// <summary>Which draw of the random changes of an image: they differ per round, client and epoch, and per sample.</summary>
/// <param name="Round">The round.</param>
/// <param name="Client">The client; −1 is the server.</param>
/// <param name="Epoch">The epoch within the round.</param>
public readonly record struct AugmentationKey(int Round, int Client, int Epoch);

/// <summary>One thread's workspace: a network over one arena, an optimiser, and buffers for a block of images and the labels. Clients take turns in it.</summary>
public sealed class Worker : IDisposable
{
    private readonly ExperimentContext context;
    private readonly BatchLoader loader;
    private int[] order = [];
    private SplitWorkspace? split;
    private SplitEnds? ends;

    /// <summary>A workspace for the experiment; the arena is sized by the largest batch of training or method.</summary>
    public Worker(ExperimentContext context)
    {
        this.context = context;
        Network = new Network(context.Plan, context.LargestBatch);
        Optimizer = OptimizerFactory.Create(context.Experiment.Training.Optimizer);
        loader = new BatchLoader(context.Preparation, context.Experiment.Seed, context.LargestBatch);
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The optimiser that clients train with.</summary>
    public IOptimizer Optimizer { get; }

    /// <summary>Where the server's part of the model is computed when it runs beside its clients; made when it is first asked for.</summary>
    public SplitWorkspace Split => split ??= new SplitWorkspace(context);

    /// <summary>Networks of a client's ends of a cut model; made when they are first asked for.</summary>
    public SplitEnds Ends => ends ??= new SplitEnds(context);

    /// <summary>Arrays for the answer of the client at work.</summary>
    public ModelCopies Copies { get; } = new();

    /// <summary>Memory that its answer is encoded into.</summary>
    public PayloadBuffer Answer { get; } = new();

    /// <summary>
    /// The most bytes that the workspace has held at a client's or a batch's end so far: the network's arena, measured, and the optimiser's state of the kept values. Neither
    /// ever shrinks within a task, so that its end is its peak.
    /// </summary>
    public long PeakBytes { get; private set; }

    /// <summary>Takes note of what the workspace holds now.</summary>
    public void MeasureMemory()
    {
        // A client that holds the ends of a cut model holds nothing else; the whole network is there for evaluation.
        long held = ends is not null
            ? ends.Bytes + ((long)sizeof(float) * Optimizer.StatePerValue * ends.Trainable.Count)
            : Network.ArenaBytes + ((long)sizeof(float) * Optimizer.StatePerValue * Network.Mask.Count);
        PeakBytes = Math.Max(PeakBytes, held);
    }

    /// <summary>Labels of the first <paramref name="count"/> images of the batch.</summary>
    public ReadOnlySpan<int> Labels(int count) => loader.Labels(count);

    /// <summary>Puts training samples into the network's input; with a key they are augmented, the same way on any machine.</summary>
    public void LoadBatch(ReadOnlySpan<int> samples, AugmentationKey? augmented) => loader.Load(Network, context.Data.Train, samples, augmented);

    /// <summary>As <see cref="LoadBatch"/>, into the head of a cut model.</summary>
    public void LoadHeadBatch(ReadOnlySpan<int> samples, AugmentationKey? augmented) => loader.Load(Ends.Head, context.Data.Train, samples, augmented);

    /// <summary>Puts test samples into the network's input.</summary>
    public void LoadTestBatch(ReadOnlySpan<int> samples) => loader.Load(Network, context.Data.Test, samples, augmented: null);

    /// <summary>The samples in the keyed order of an epoch; valid until the next call.</summary>
    public ReadOnlySpan<int> Order(ReadOnlySpan<int> samples, AugmentationKey key)
    {
        if (order.Length < samples.Length)
            order = new int[samples.Length];
        Span<int> filled = order.AsSpan(0, samples.Length);
        BatchOrder.Fill(samples, filled, context.Experiment.Seed, key.Round, key.Client, key.Epoch);
        return filled;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        split?.Dispose();
        ends?.Dispose();
    }
}
