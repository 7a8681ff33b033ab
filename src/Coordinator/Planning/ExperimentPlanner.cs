using System.Collections.Immutable;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Runs;
using Federated.Engine.Parameters;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;

namespace Federated.Coordinator.Planning;

/// <summary>
/// Works out what an experiment costs by walking the method itself through all its rounds, with answers that have the right shape but no training behind them.
/// Every payload is really encoded, so that sizes which do not depend on values are exact.
/// </summary>
public sealed class ExperimentPlanner(TimeProvider time)
{
    // Coded positions depend on which weights are kept, and what is small enough to be a change depends on the training.
    private static readonly string[] DataDependentKinds = ["down/mask", "down/maskChange", "up/topGradients", "up/indexedValues", "down/indexedValues"];

    // Positions of the values that are sent of each vector.
    private static readonly string[] CutKinds = ["up/smashedData", "down/bodyOutput"];

    /// <summary>Walks through the experiment.</summary>
    /// <exception cref="ExperimentException">The experiment cannot be run as asked, for instance because a device is too small.</exception>
    public async Task<ExperimentPlan> PlanAsync(ExperimentSpec experiment, DataSet data, CancellationToken cancel)
    {
        // Sizes do not depend on the values, so the file of pre-trained ones need not be there.
        experiment = experiment with { Model = experiment.Model with { Checkpoint = null } };
        ExperimentContext context = ExperimentContext.Create(experiment, data);
        IMethod method = experiment.Method.CreateMethod();
        long memory = method.PeakClientMemoryBytes(context);
        DeviceCheck.RequireMemory(context.Clients, experiment.Method.Name, memory);
        var store = new MemoryStore();
        var federation = new Rounds.Federation(
            context, new PlannedExchange(context.Clients), new PlannedServer(context), store, SilentObserver.Instance, time, CancellationToken.None);
        await method.RunAsync(federation, cancel);

        RoundRecord steady = store.Records.LastOrDefault(static r => r.MaskGrown == 0 && r.Round > 1) ?? store.Records[^1];
        ImmutableSortedDictionary<string, long> kinds = ByteKinds.Of(federation.Ledger.Totals);
        return new ExperimentPlan(
            store.Records.Count,
            context.Clients.Count,
            kinds,
            [.. kinds.Keys.Except(DataDependentKinds, StringComparer.Ordinal).Except(context.CutIsExact ? [] : CutKinds, StringComparer.Ordinal)],
            store.Records.Sum(static r => r.BytesUp),
            store.Records.Sum(static r => r.BytesDown),
            (double)steady.BytesUp / Math.Max(1, steady.Clients),
            (double)steady.BytesDown / Math.Max(1, steady.Clients),
            store.Records.Max(static r => r.FlopsPerClient),
            federation.TotalFlops,
            store.Records.Sum(static r => r.ServerFlops),
            memory,
            TrainLocally.StateBytes(experiment, Mask.Dense(context.Plan.Parameters), []),
            method.ClientActivationBytes(context),
            store.Records.Sum(static r => r.VirtualSeconds));
    }
}
