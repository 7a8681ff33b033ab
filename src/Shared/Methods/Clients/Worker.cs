using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Methods.Data;
using Federated.Methods.LocalTraining;

namespace Federated.Methods.Clients;

/// <summary>Which draw of the random changes of an image: they differ per round, client and epoch, and per sample.</summary>
/// <param name="Round">The round.</param>
/// <param name="Client">The client; −1 is the server.</param>
/// <param name="Epoch">The epoch within the round.</param>
public readonly record struct AugmentationKey(int Round, int Client, int Epoch);

/// <summary>One thread's workspace: a network over one arena, an optimiser, and buffers for an image and the labels. Clients take turns in it.</summary>
public sealed class Worker : IDisposable
{
    private readonly ExperimentContext context;
    private readonly float[] image;
    private readonly int[] labels;
    private int[] order = [];

    /// <summary>A workspace for the experiment; the arena is sized by the largest batch of training or method.</summary>
    public Worker(ExperimentContext context)
    {
        this.context = context;
        Network = new Network(context.Plan, context.LargestBatch);
        Optimizer = OptimizerFactory.Create(context.Experiment.Training.Optimizer);
        image = new float[context.Plan.InputChannels * context.Plan.InputHeight * context.Plan.InputWidth];
        labels = new int[context.LargestBatch];
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The optimiser that clients train with.</summary>
    public IOptimizer Optimizer { get; }

    /// <summary>Labels of the first <paramref name="count"/> images of the batch.</summary>
    public ReadOnlySpan<int> Labels(int count) => labels.AsSpan(0, count);

    /// <summary>Puts training samples into the network's input; with a key they are augmented, the same way on any machine.</summary>
    public void LoadBatch(ReadOnlySpan<int> samples, AugmentationKey? augmented) => Load(context.Data.Train, samples, augmented);

    /// <summary>Puts test samples into the network's input.</summary>
    public void LoadTestBatch(ReadOnlySpan<int> samples) => Load(context.Data.Test, samples, augmented: null);

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
    public void Dispose() => Network.Dispose();

    private void Load(ImageSet images, ReadOnlySpan<int> samples, AugmentationKey? augmented)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            int sample = samples[i];
            if (augmented is { } key)
                context.Preparation.FillAugmented(images.Pixels(sample), image, context.Experiment.Seed, key.Round, key.Client, sample, key.Epoch);
            else
                context.Preparation.Fill(images.Pixels(sample), image);
            Network.SetImage(i, image);
            labels[i] = images.Label(sample);
        }
    }
}
