using System.CommandLine;
using Federated.ClientNode.Splitting;
using Federated.Coordinator.LocalFleet;
using Federated.Coordinator.Progress;
using Federated.Coordinator.Runs;
using Federated.Methods.Data;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated run FILE</c>: runs an experiment, or continues it, and writes its report.</summary>
internal sealed class RunCommand : ExampledCommand
{
    // More workers than any machine has cores for; the bound catches a misplaced number before memory is given to it.
    public const int MostWorkers = 1024;

    // Each is a process with a runtime of its own.
    private const int MostNodes = 64;

    private readonly TimeProvider time;
    private readonly Interrupts interrupts;
    private readonly ExperimentInput input;
    private readonly Option<string?> @out = new("--out") { Description = "The run folder; default: runs/NAME. A run that is not finished is continued.", HelpName = "DIR" };
    private readonly Option<int?> workers = new("--workers") { Description = "Threads that train clients; default: one per core. The result does not depend on it.", HelpName = "N" };
    private readonly Option<int?> nodes = new("--nodes") { Description = "Trains in so many node processes on this machine instead of in this one. The result does not depend on it.", HelpName = "N" };
    private readonly Option<int?> slots = new("--slots") { Description = "With --nodes: clients that each node trains at the same time; default: the cores, shared out.", HelpName = "M" };
    private readonly BodyPlaceOption body;
    private readonly Option<bool> json = new("--json") { Description = "Writes one JSON object per round and the summary last." };

    /// <summary>Builds the command.</summary>
    public RunCommand(TimeProvider time, Interrupts interrupts)
        : base("run", "Runs an experiment; a run that was interrupted is continued.",
            "federated run experiments/quickstart.yaml", "federated run experiments/quickstart.yaml --nodes 2", "federated run experiments/quickstart.yaml --set method.density=0.01 --seed 2 --out runs/sparser")
    {
        this.time = time;
        this.interrupts = interrupts;
        input = new ExperimentInput(this);
        this.workers.AcceptNumber(1, MostWorkers);
        Options.Add(@out);
        Options.Add(this.workers);
        this.nodes.AcceptNumber(1, MostNodes);
        this.slots.AcceptNumber(1, MostWorkers);
        Options.Add(this.nodes);
        Options.Add(this.slots);
        body = new BodyPlaceOption(this);
        Validators.Add(result =>
        {
            if (result.GetValue(this.slots) is not null && result.GetValue(this.nodes) is null)
                result.AddError("--slots is for --nodes; without nodes, --workers says how many clients train at the same time.");
            else if (body.IsGiven(result) && result.GetValue(this.nodes) is null)
                result.AddError("--body is for --nodes; without nodes, the server's part runs in this process.");
        });
        Options.Add(this.json);
        SetAction((arguments, _) => RunAsync(arguments));
    }

    private async Task<int> RunAsync(ParseResult arguments)
    {
        InvocationConfiguration console = arguments.InvocationConfiguration;
        ExperimentSpec experiment = input.Read(arguments);
        DataSet data = await DataSearch.FindAsync(experiment, this.time, console.Error, this.interrupts.Stop);
        string folder = arguments.GetValue(@out) ?? Path.Combine("runs", experiment.Name);
        int workers = arguments.GetValue(this.workers) ?? Environment.ProcessorCount;
        bool json = arguments.GetValue(this.json);

        RunSummary summary;
        await using (IRunProgress progress = RunProgress.ForConsole(json, this.time))
        {
            RunRequest request = new(experiment, data, folder, workers, progress);
            summary = arguments.GetValue(this.nodes) is { } nodes
                ? await OnNodesAsync(request, progress, nodes, arguments.GetValue(this.slots) ?? Math.Max(1, Environment.ProcessorCount / nodes), body.Read(arguments))
                : await new ExperimentRunner(this.time).RunAsync(request, this.interrupts.Stop, this.interrupts.Abort);
        }

        string report = ReportFile.Write(folder);
        if (!json)
            await console.Output.WriteLineAsync($"report: {report}");
        return summary.Rounds < summary.RoundsPlanned ? ExitCode.Interrupted : ExitCode.Success;
    }

    private async Task<RunSummary> OnNodesAsync(RunRequest request, IRunProgress progress, int nodes, int slots, BodyPlace place)
    {
        await using LocalFleetSource fleet = new(request.Folder, nodes, slots, place, this.time, progress.Notice);
        using CancellationTokenSource abort = CancellationTokenSource.CreateLinkedTokenSource(this.interrupts.Abort, fleet.Failed);
        try
        {
            return await new ExperimentRunner(this.time).RunAsync(request with { Exchanges = fleet }, this.interrupts.Stop, abort.Token);
        }
        catch (OperationCanceledException) when (fleet.Failed.IsCancellationRequested && !this.interrupts.Abort.IsCancellationRequested)
        {
            throw new CoordinatorException(ExitCode.Failure, $"no node is left: {fleet.Failure}");
        }
    }
}
