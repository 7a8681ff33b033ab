using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;

namespace Federated.Bench;

/// <summary>
/// A network with random images, labels and initial values, ready for training steps: forward pass, loss, backward pass and SGD with momentum and weight decay.
/// All prunable tensors but the first and the last have the same density, at random positions; those two are dense.
/// </summary>
internal sealed class TrainingSubject : IDisposable
{
    private readonly TrainingSetting setting;
    private readonly int[] labels;
    private readonly Sgd optimizer = new(momentum: 0.9f, weightDecay: 5e-4f);
    private int step;

    public TrainingSubject(TrainingSetting setting)
    {
        this.setting = setting;
        NetworkPlan plan = ModelCatalog.Create(setting.Model, setting.Input, setting.Width);
        (Mask mask, float[] values) = Prepare(plan, setting.Density);
        Network = new Network(plan, setting.Batch, setting.Vectors, setting.Threads);
        Network.SetMask(mask);
        values.CopyTo(Network.Values);
        labels = FillBatch(Network);
        optimizer.Reset(mask.Count);
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Labels of the batch.</summary>
    public ReadOnlySpan<int> Labels => labels;

    /// <summary>Mean loss of the last step.</summary>
    public double Loss { get; private set; }

    /// <summary>One whole training step.</summary>
    public void Step()
    {
        Forward();
        Network.Backward();
        Update();
    }

    /// <summary>Forward pass and loss.</summary>
    public void Forward()
    {
        Network.Forward(ForwardMode.Train, setting.Batch, new RandomKey(1, RandomPurpose.Dropout, Step: step++));
        Loss = Network.Loss(labels).LossSum / setting.Batch;
    }

    /// <summary>The optimiser's step.</summary>
    public void Update() => optimizer.Step(Network.Values, Network.Gradients, 0.01f);

    public void Dispose() => Network.Dispose();

    /// <summary>
    /// The mask and the kept initial values. They are made before the network takes its memory, and what it took to make them is given back, so that the process's peak is
    /// that of training and not of the preparation of a benchmark.
    /// </summary>
    private static (Mask Mask, float[] Values) Prepare(NetworkPlan plan, double density)
    {
        (Mask, float[]) prepared = PrepareWithoutCleaning(plan, density);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return prepared;
    }

    private static (Mask Mask, float[] Values) PrepareWithoutCleaning(NetworkPlan plan, double density)
    {
        Mask mask = UniformMask(plan.Parameters, density);
        float[] values = new float[mask.Count];
        mask.Gather(Initialization.Values(plan, seed: 1), values);
        return (mask, values);
    }

    private static int[] FillBatch(Network network)
    {
        var random = new KeyedRandom(new RandomKey(1, RandomPurpose.Synthetic));
        float[] image = new float[network.Plan.InputCount];
        int[] labels = new int[network.MaximumBatch];
        for (int i = 0; i < labels.Length; i++)
        {
            foreach (ref float pixel in image.AsSpan())
                pixel = (float)random.NextNormal();
            network.SetImage(i, image);
            labels[i] = random.Next(network.Plan.Classes);
        }

        return labels;
    }

    private static Mask UniformMask(ParameterLayout layout, double density)
    {
        int[] prunable = [.. Enumerable.Range(0, layout.Tensors.Length).Where(i => layout.Tensors[i].IsPrunable)];
        var sets = new BitSet?[layout.Tensors.Length];
        foreach (int tensor in prunable.Length > 2 ? prunable[1..^1] : [])
        {
            int count = layout.Tensors[tensor].Count;
            int[] positions = [.. Enumerable.Range(0, count)];
            new KeyedRandom(new RandomKey(1, RandomPurpose.PruningScore, Client: tensor)).Shuffle<int>(positions);
            sets[tensor] = BitSet.FromPositions(count, positions.AsSpan(0, Math.Max(1, (int)(density * count))));
        }

        return new Mask(layout, sets);
    }
}
