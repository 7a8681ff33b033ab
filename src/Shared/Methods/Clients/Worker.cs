using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Tensors;
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
    // What the network takes at once.
    private const int BlockImages = Geometry.Lanes;

    private readonly ExperimentContext context;
    private readonly float[] images;
    private readonly int[] labels;
    private int[] order = [];
    private SplitWorkspace? split;
    private SplitEnds? ends;

    /// <summary>A workspace for the experiment; the arena is sized by the largest batch of training or method.</summary>
    public Worker(ExperimentContext context)
    {
        this.context = context;
        Network = new Network(context.Plan, context.LargestBatch);
        Optimizer = OptimizerFactory.Create(context.Experiment.Training.Optimizer);
        images = new float[BlockImages * context.Plan.InputCount];
        labels = new int[context.LargestBatch];
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
    public ReadOnlySpan<int> Labels(int count) => labels.AsSpan(0, count);

    /// <summary>Puts training samples into the network's input; with a key they are augmented, the same way on any machine.</summary>
    public void LoadBatch(ReadOnlySpan<int> samples, AugmentationKey? augmented) => Load(Network, context.Data.Train, samples, augmented);

    /// <summary>As <see cref="LoadBatch"/>, into the head of a cut model.</summary>
    public void LoadHeadBatch(ReadOnlySpan<int> samples, AugmentationKey? augmented) => Load(Ends.Head, context.Data.Train, samples, augmented);

    /// <summary>Puts test samples into the network's input.</summary>
    public void LoadTestBatch(ReadOnlySpan<int> samples) => Load(Network, context.Data.Test, samples, augmented: null);

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

    // A block of sixteen images at a time: it is prepared in a buffer that the second-level cache holds, and transposed into the network's input at once.
    private void Load(Network network, ImageSet set, ReadOnlySpan<int> samples, AugmentationKey? augmented)
    {
        for (int start = 0; start < samples.Length; start += BlockImages)
        {
            ReadOnlySpan<int> block = samples.Slice(start, Math.Min(BlockImages, samples.Length - start));
            for (int i = 0; i < block.Length; i++)
            {
                int sample = block[i];
                if (start + i + 1 < samples.Length)
                    set.Prefetch(samples[start + i + 1]);
                Span<float> image = images.AsSpan(i * Network.Plan.InputCount, Network.Plan.InputCount);
                if (augmented is { } key)
                    context.Preparation.FillAugmented(set.Pixels(sample), image, context.Experiment.Seed, key.Round, key.Client, sample, key.Epoch);
                else
                    context.Preparation.Fill(set.Pixels(sample), image);
                labels[start + i] = set.Label(sample);
            }

            network.SetImages(start / BlockImages, images.AsSpan(0, block.Length * Network.Plan.InputCount));
        }
    }
}
