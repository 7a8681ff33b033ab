using Federated.Coordinator.Grains;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Split;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.Coordinator.Fleet;

/// <summary>Opens a run on the fleet: tells its nodes of the experiment, which they build from the same file and the same data.</summary>
/// <param name="name">Name of the run.</param>
/// <param name="dispatcher">Brings the run to the nodes.</param>
/// <param name="shelf">What nodes can fetch.</param>
/// <param name="inbox">What nodes have uploaded.</param>
/// <param name="bodies">What the coordinator runs of split models.</param>
/// <param name="grains">The state of runs and nodes.</param>
/// <param name="clock">Placement's time.</param>
/// <param name="notices">What people should know.</param>
/// <param name="metrics">Counters.</param>
internal sealed class FleetExchangeSource(
    string name,
    FleetDispatcher dispatcher,
    PayloadShelf shelf,
    UploadInbox inbox,
    CoordinatorBodies bodies,
    IGrains grains,
    FleetClock clock,
    FleetNotices notices,
    FleetMetrics metrics) : IExchangeSource
{
    /// <inheritdoc/>
    public async Task<IClientExchange> OpenAsync(ExperimentContext context, CancellationToken cancel)
    {
        string experiment = ExperimentWriter.ToYaml(context.Experiment);
        IExperimentGrain grain = grains.Get<IExperimentGrain>(name);
        await grain.SubmitAsync(new RunSubmission(experiment, context.Experiment.Method.Name, context.Experiment.Rounds, RunTimes.Text(clock.Time.GetUtcNow())));
        await grain.StartAsync();
        var prepare = new PrepareExperiment
        {
            Run = name,
            Experiment = experiment,
            DataSha256 = ByteString.CopyFrom(Convert.FromHexString(DataFingerprint.Of(context.Data))),
        };
        var run = new FleetRun(prepare, grains, inbox, bodies, clock, notices, metrics);
        await dispatcher.OpenAsync(run, cancel);
        return new FleetExchange(run, context, dispatcher, shelf, bodies);
    }
}
