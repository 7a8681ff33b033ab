using Federated.Engine.Networks;
using Federated.Methods.Data;
using Federated.Methods.DataPruning;

namespace Federated.Methods.Clients;

/// <summary>Runs samples as they are, without augmentation, forward through what the client evaluates with.</summary>
internal delegate void SampleForward(ReadOnlySpan<int> batch);

/// <summary>The samples that a client's epochs go through, as <c>training.dataPruning</c> chooses them: looks at samples with the client's network, and remembers what has to be remembered.</summary>
internal sealed class EpochSamples
{
    private readonly Worker worker;
    private readonly Network network;
    private readonly SampleForward forward;
    private readonly int[] samples;
    private readonly DataPruner pruner;
    private readonly double[] weightOf;
    private readonly double[] weights;
    private readonly float[] logits;
    private readonly double[] probabilities;
    private readonly int batchSize;
    private bool isWeighted;

    /// <summary>Looks at the client's samples where pruning needs that.</summary>
    /// <param name="client">The client.</param>
    /// <param name="network">The network whose logits speak of a sample.</param>
    /// <param name="forward">Runs samples forward to there.</param>
    /// <param name="cancel">Stops the look.</param>
    public EpochSamples(Client client, Network network, SampleForward forward, CancellationToken cancel)
    {
        ExperimentContext context = client.Context;
        worker = client.Worker;
        this.network = network;
        this.forward = forward;
        samples = client.TrainingSamples;
        batchSize = context.Experiment.Training.BatchSize;
        ImageSet images = context.Data.Train;
        pruner = new DataPruner(
            context.Experiment, client.Description.Id, client.Round, samples, [.. samples.Select(images.Label)], context.Plan.Classes, client.State.Find(ClientStateKey.DataPruning).Span);
        weightOf = new double[samples.Length];
        weights = new double[batchSize];
        logits = new float[context.Plan.Classes];
        probabilities = new double[context.Plan.Classes];
        pruner.Scan((all, say) => Scan(all, say, cancel));
    }

    /// <summary>Chooses the samples of an epoch.</summary>
    public int[] Choose(int epoch)
    {
        Selection selection = pruner.Choose(epoch);
        isWeighted = selection.Weights is not null;
        for (int i = 0; isWeighted && i < selection.Places.Length; i++)
            weightOf[selection.Places[i]] = selection.Weights![i];
        return selection.Places.Length == samples.Length ? samples : [.. selection.Places.Select(place => samples[place])];
    }

    /// <summary>What the losses of a batch are multiplied by; empty where they all count alike. Valid until the next call.</summary>
    public ReadOnlySpan<double> Weights(ReadOnlySpan<int> batch)
    {
        if (!isWeighted)
            return [];
        for (int i = 0; i < batch.Length; i++)
            weights[i] = weightOf[PlaceOf(batch[i])];
        return weights.AsSpan(0, batch.Length);
    }

    /// <summary>A batch went forward through the network in training.</summary>
    public void Trained(ReadOnlySpan<int> batch)
    {
        if (!pruner.NeedsLosses)
            return;
        for (int i = 0; i < batch.Length; i++)
        {
            network.CopyLogits(i, logits);
            pruner.Trained(PlaceOf(batch[i]), new SampleOutput(logits, [], worker.Labels(batch.Length)[i], probabilities).Loss);
        }
    }

    /// <summary>Puts what the client remembers until its next round into its state.</summary>
    public void Remember(ClientState state)
    {
        if (pruner.State is { } bytes)
            state.Set(ClientStateKey.DataPruning, bytes);
    }

    private int PlaceOf(int sample) => Array.BinarySearch(samples, sample);

    private void Scan(ReadOnlySpan<int> all, SampleSaid say, CancellationToken cancel)
    {
        float[] features = new float[pruner.NeedsFeatures ? network.Plan.FeatureCount : 0];
        for (int start = 0; start < all.Length; start += batchSize)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<int> batch = all.Slice(start, Math.Min(batchSize, all.Length - start));
            forward(batch);
            for (int i = 0; i < batch.Length; i++)
            {
                network.CopyLogits(i, logits);
                if (pruner.NeedsFeatures)
                    network.CopyFeatures(i, features);
                say(start + i, logits, features);
            }
        }
    }
}
