using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Methods.Data;
using Federated.Methods.Devices;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.Splitting;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Clients;

/// <summary>
/// What follows from an experiment and its data before any training: the network's plan, who has which samples, and the devices.
/// Immutable and shared by all workers; every node builds the same one from the same file.
/// </summary>
public sealed class ExperimentContext
{
    private readonly ClientSplit[] splits;
    private readonly SplitProgram? split;

    private ExperimentContext(ExperimentSpec experiment, DataSet data, NetworkPlan plan, ImagePreparation preparation, int[] serverSamples, ClientSplit[] splits)
    {
        Experiment = experiment;
        Data = data;
        Plan = plan;
        DenseMask = Mask.Dense(plan.Parameters);
        ServerSamples = serverSamples;
        this.splits = splits;
        experiment.Method.Check(plan);
        split = experiment.Method.Program(experiment, plan);
        Preparation = preparation;
        DeviceProfile[] devices = DeviceCatalog.Assign(experiment.Clients.Devices, experiment.Clients.Count, experiment.Seed);
        Clients = [.. splits.Select((split, id) => new ClientDescription(id, split.Training.Length, split.Development.Length, devices[id]))];
        LargestBatch = Math.Max(experiment.Training.BatchSize, experiment.Method.LargestBatch);
        SplitPayloads = new PayloadContext(plan.Parameters, plan.Statistics.Count, Activations: split?.Limits(LargestBatch));
    }

    /// <summary>The experiment.</summary>
    public ExperimentSpec Experiment { get; }

    /// <summary>The images.</summary>
    public DataSet Data { get; }

    /// <summary>The network.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>What the method does with the model that it cuts.</summary>
    /// <exception cref="InvalidOperationException">The method does not cut.</exception>
    public SplitProgram Split => split ?? throw new InvalidOperationException($"{Experiment.Method.Name} does not cut the model.");

    /// <summary>Whether nothing that crosses a cut of the model has a length that depends on its values.</summary>
    public bool CutIsExact => split is null || split.Compression.HasExactSize;

    /// <summary>Values of its part of a cut model that each client trains for itself and holds on to; 0 where nobody has any.</summary>
    public int PrivateValueCount => split is { ClientsKeepTheirs: true } ? split.ClientTrainable.Count : 0;

    /// <summary>What both ends of a split session know of its payloads.</summary>
    public PayloadContext SplitPayloads { get; }

    /// <summary>The mask that keeps every coordinate; one for all clients.</summary>
    public Mask DenseMask { get; }

    /// <summary>How bytes become the network's input.</summary>
    public ImagePreparation Preparation { get; }

    /// <summary>All clients, by number.</summary>
    public IReadOnlyList<ClientDescription> Clients { get; }

    /// <summary>Training samples that the server holds and no client does.</summary>
    public IReadOnlyList<int> ServerSamples { get; }

    /// <summary>Images that a worker's arena must hold.</summary>
    public int LargestBatch { get; }

    /// <summary>Builds the context; the same for the same experiment and data on any machine.</summary>
    /// <exception cref="ExperimentException">The experiment does not fit the data; the message says which key to change.</exception>
    /// <exception cref="PartitionException">The samples cannot be spread as asked.</exception>
    public static ExperimentContext Create(ExperimentSpec experiment, DataSet data)
    {
        var preparation = new ImagePreparation(data, experiment.Data);
        var input = new ModelInput(data.Train.Channels, preparation.Height, preparation.Width, data.Train.Classes);
        NetworkPlan plan = experiment.Model.CreatePlan(input, experiment.Method.ModelExtras);
        int[] pool = SampleChoice.Of(experiment.Data, data.Train, experiment.Seed);
        int[] serverSamples = TakePerClass(pool, data.Train, experiment.Method.ServerSamplesPerClass, experiment.Seed);
        if (serverSamples.Length > 0)
            pool = [.. pool.Except(serverSamples).Order()];
        return new ExperimentContext(experiment, data, plan, preparation, serverSamples, SplitOverClients(experiment, data.Train, pool));
    }

    /// <summary>Indices of the samples that client <paramref name="client"/> trains on, ascending.</summary>
    public int[] TrainingSamples(int client) => splits[client].Training;

    /// <summary>Indices of the development samples of client <paramref name="client"/>, ascending.</summary>
    public int[] DevelopmentSamples(int client) => splits[client].Development;

    /// <summary>Samples per class of client <paramref name="client"/>, training and development together.</summary>
    public ClassHistogram ClassCounts(int client) => ClassHistogram.Of(Data.Train.Labels, [.. splits[client].Training, .. splits[client].Development], Data.Train.Classes);

    // Partitioners number what they are given from 0; their answer is translated back to samples of the set.
    private static ClientSplit[] SplitOverClients(ExperimentSpec experiment, ImageSet images, int[] pool)
    {
        int[] labels = [.. pool.Select(images.Label)];
        int[] naturalIds = images.NaturalIds.IsEmpty ? [] : [.. pool.Select(sample => images.NaturalIds[sample])];
        int[][] parts = Partitioners.Create(experiment.Clients.Partition).Partition(labels, naturalIds, experiment.Clients.Count, experiment.Seed);
        return [.. parts.Select((part, id) => ClientSplit.Of([.. part.Select(i => pool[i])], experiment.Clients.DevelopmentFraction, experiment.Seed, id))];
    }

    private static int[] TakePerClass(int[] pool, ImageSet images, int perClass, ulong seed)
    {
        if (perClass == 0)
            return [];
        int[] shuffled = [.. pool];
        new KeyedRandom(new RandomKey(seed, RandomPurpose.ServerSet)).Shuffle(shuffled.AsSpan());
        int[] taken = [.. shuffled.GroupBy(images.Label).SelectMany(group => group.Take(perClass)).Order()];
        if (taken.Length == pool.Length)
            throw new ExperimentException($"method.pretraining.samplesPerClass is {perClass}, which leaves no sample to the clients; the set has {pool.Length} training samples.");
        return taken;
    }
}
