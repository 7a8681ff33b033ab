using System.Collections.Immutable;
using System.Reflection;
using Federated.ClientNode;
using Federated.Coordinator.Rounds;
using Federated.Engine.Parameters;
using Federated.Engine.Storage;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Methods.Server;
using Federated.Protocol.Faults;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Runs;

/// <summary>What to run and where.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Data">Its data set.</param>
/// <param name="Folder">The run folder: new, empty, or one that this experiment continues.</param>
/// <param name="Workers">Threads that train clients; the result does not depend on it.</param>
/// <param name="Observer">Hears what happens.</param>
public sealed record RunRequest(ExperimentSpec Experiment, DataSet Data, string Folder, int Workers, IRunObserver Observer)
{
    /// <summary>Where the clients run; null: on the workers of this process.</summary>
    internal IExchangeSource? Exchanges { get; init; }
}

/// <summary>Runs an experiment, from the experiment to the report.</summary>
public sealed class ExperimentRunner(TimeProvider time)
{
    /// <summary>Version of this program, as recorded in summaries.</summary>
    public static string Version { get; } = typeof(ExperimentRunner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Runs the rounds that are left and writes the results.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="stopAfterRound">Finishes the round under way, saves, and returns a summary of fewer rounds than planned.</param>
    /// <param name="abort">Stops at once; the run can be continued from its last completed round.</param>
    /// <exception cref="ExperimentException">The experiment cannot be run as asked.</exception>
    /// <exception cref="RunFolderException">The folder cannot be used.</exception>
    /// <exception cref="ClientAnswerException">Training diverged.</exception>
    public async Task<RunSummary> RunAsync(RunRequest request, CancellationToken stopAfterRound, CancellationToken abort)
    {
        ExperimentSpec experiment = request.Experiment;
        ExperimentContext context = ExperimentContext.Create(experiment, request.Data);
        IMethod method = experiment.Method.CreateMethod();
        long memory = method.PeakClientMemoryBytes(context);
        DeviceCheck.RequireMemory(context.Clients, experiment.Method.Name, memory); // before the folder is taken: nothing is left of a refused experiment
        using RunFolder folder = await RunFolder.CreateAsync(request.Folder, ExperimentWriter.ToYaml(experiment), abort);
        using RunFolderStore store = RunFolderStore.Open(folder, context.Plan);
        using var pool = new WorkerPool(context, request.Workers);
        await using IClientExchange exchange = request.Exchanges is { } source
            ? await source.OpenAsync(context, abort)
            : new NodeExchange(new LocalNode(context, pool, time));
        var observer = new LoggingObserver(folder, request.Observer, time);
        var federation = new Rounds.Federation(context, exchange, new ServerCompute(context, pool), store, observer, time, stopAfterRound);
        if (store.Checkpoint is { } checkpoint)
            federation.Restore(checkpoint);
        await folder.WriteClientsAsync(Describe(context), abort);

        observer.RunStarted(experiment, folder.Path, request.Workers, federation.CompletedRounds);
        await method.RunAsync(federation, abort);
        if (federation.Model is not { } model)
            throw new OperationCanceledException("The run was stopped before its first round was complete.", stopAfterRound);

        FaultPoint.Reach(FaultPoints.CoordinatorRoundsDone);
        RunSummary summary = Summarize(federation, context, folder.ReadRounds(), model, memory, pool.PeakWorkerBytes);
        observer.StepStarted("writing the model");
        await WriteModelAsync(folder, context, model, abort);
        await folder.WriteSummaryAsync(summary, abort);
        observer.RunFinished(summary, interrupted: summary.Rounds < summary.RoundsPlanned);
        return summary;
    }

    private static RunSummary Summarize(
        Rounds.Federation federation, ExperimentContext context, ImmutableArray<RoundRecord> records, GlobalModel model, long memory, long arena)
    {
        ExperimentSpec experiment = context.Experiment;
        return new RunSummary
        {
            Name = experiment.Name,
            Method = experiment.Method.Name,
            Model = experiment.Model.Name,
            Dataset = experiment.Data.Set,
            Seed = experiment.Seed,
            Rounds = federation.CompletedRounds,
            RoundsPlanned = experiment.Rounds,
            Clients = context.Clients.Count,
            Density = model.Mask.Density,
            Parameters = context.Plan.Parameters.Count,
            ParametersKept = model.Mask.Count,
            FinalAccuracy = records.LastOrDefault(static r => r.Accuracy is not null)?.Accuracy ?? 0,
            BestAccuracy = records.Max(static r => r.Accuracy) ?? 0,
            BytesUp = records.Sum(static r => r.BytesUp),
            BytesDown = records.Sum(static r => r.BytesDown),
            BytesByKind = ByteKinds.Of(federation.Ledger.Totals),
            FlopsPerClientRound = records.Max(static r => r.FlopsPerClient),
            DenseFlopsPerClientRound = context.Clients.Max(client => TrainLocally.Flops(context.Plan, context.DenseMask, (long)client.Samples * experiment.Training.Epochs)),
            PeakClientMemoryBytes = memory,
            DenseClientMemoryBytes = TrainLocally.StateBytes(context.Experiment, Mask.Dense(context.Plan.Parameters), []),
            ActivationBytes = experiment.Method.CreateMethod().ClientActivationBytes(context),
            WorkerArenaBytes = arena,
            VirtualSeconds = records.Sum(static r => r.VirtualSeconds),
            WallSeconds = records.Sum(static r => r.WallSeconds),
            LayerNames = [.. context.Plan.Parameters.Tensors.Where(static t => t.IsPrunable).Select(static t => t.Name)],
            ModelSha256 = model.Sha256(),
            LedgerSha256 = federation.Ledger.Digest,
            Version = Version,
        };
    }

    private static ImmutableArray<ClientRecord> Describe(ExperimentContext context) => [.. context.Clients.Select(client => new ClientRecord
    {
        Id = client.Id,
        TrainingSamples = client.Samples,
        DevelopmentSamples = client.DevelopmentSamples,
        ClassCounts = context.ClassCounts(client.Id).Counts,
        Device = client.Device.Name,
    })];

    private static async Task WriteModelAsync(RunFolder folder, ExperimentContext context, GlobalModel model, CancellationToken cancel)
    {
        // The dense form, with zeros where the mask has none, because that is what every other program reads.
        float[] dense = new float[context.Plan.Parameters.Count];
        model.Mask.Scatter(model.Values, dense);
        SafeTensorsFile.Write(folder.PathOf(RunFolder.ModelFile), ModelTensors.Of(context.Plan, dense, model.Statistics), new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
        await folder.WriteAsync("masks.bin", new Payload(new MaskPart(model.Mask)).Encode().Bytes, cancel);
    }
}
