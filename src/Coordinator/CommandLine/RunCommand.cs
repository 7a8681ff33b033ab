using System.CommandLine;
using Federated.Coordinator.Progress;
using Federated.Coordinator.Runs;
using Federated.Methods.Data;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated run FILE</c>: runs an experiment, or continues it, and writes its report.</summary>
internal sealed class RunCommand : ExampledCommand
{
    // More workers than any machine has cores for; the bound catches a misplaced number before memory is given to it.
    private const int MostWorkers = 1024;

    private readonly TimeProvider time;
    private readonly Interrupts interrupts;
    private readonly ExperimentInput input;
    private readonly Option<string?> @out = new("--out") { Description = "The run folder; default: runs/NAME. A run that is not finished is continued.", HelpName = "DIR" };
    private readonly Option<int?> workers = new("--workers") { Description = "Threads that train clients; default: one per core. The result does not depend on it.", HelpName = "N" };
    private readonly Option<bool> json = new("--json") { Description = "Writes one JSON object per round and the summary last." };

    /// <summary>Builds the command.</summary>
    public RunCommand(TimeProvider time, Interrupts interrupts)
        : base("run", "Runs an experiment; a run that was interrupted is continued.",
            "federated run experiments/quickstart.yaml", "federated run experiments/quickstart.yaml --set method.density=0.01 --seed 2 --out runs/sparser")
    {
        this.time = time;
        this.interrupts = interrupts;
        input = new ExperimentInput(this);
        this.workers.Validators.Add(result =>
        {
            // What is no number at all has its own message.
            if (result.Tokens is [{ Value: string given }] && int.TryParse(given, out int workers) && workers is < 1 or > MostWorkers)
                result.AddError($"--workers must be 1 to {MostWorkers}.");
        });
        Options.Add(@out);
        Options.Add(this.workers);
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
            summary = await new ExperimentRunner(this.time).RunAsync(new RunRequest(experiment, data, folder, workers, progress), this.interrupts.Stop, this.interrupts.Abort);
        string report = ReportFile.Write(folder);
        if (!json)
            await console.Output.WriteLineAsync($"report: {report}");
        return summary.Rounds < summary.RoundsPlanned ? ExitCode.Interrupted : ExitCode.Success;
    }
}
