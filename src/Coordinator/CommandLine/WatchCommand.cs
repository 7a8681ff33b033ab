using System.CommandLine;
using Federated.Coordinator.Progress;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated watch RUN</c>: shows a run of a coordinator.</summary>
internal sealed class WatchCommand : ExampledCommand
{
    private readonly Func<CoordinatorAccess, IRunsClient> connect;
    private readonly CoordinatorOptions coordinator;
    private readonly Argument<string> run = new("RUN") { Description = "Name of the run; `federated runs` lists them." };
    private readonly Option<bool> json = new("--json") { Description = "Writes one JSON object per round and the summary last." };

    /// <summary>Builds the command.</summary>
    public WatchCommand(TimeProvider time, Interrupts interrupts, Func<string, string?> environment, Func<CoordinatorAccess, IRunsClient> connect)
        : base("watch", "Shows a run of a coordinator, as if it ran here; Ctrl-C ends the watching and not the run.",
            "federated watch quickstart", "federated watch quickstart --json --coordinator http://127.0.0.1:7070")
    {
        this.connect = connect;
        Arguments.Add(this.run);
        Options.Add(this.json);
        coordinator = new CoordinatorOptions(this, environment);
        SetAction(async (arguments, cancel) =>
        {
            await using IRunsClient client = this.connect(coordinator.Read(arguments));
            return await ShowAsync(client, arguments.GetRequiredValue(this.run), arguments.GetValue(this.json), time, interrupts, cancel);
        });
    }

    /// <summary>Shows a run on this process's standard output, to its end.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> ShowAsync(IRunsClient client, string run, bool json, TimeProvider time, Interrupts interrupts, CancellationToken cancel)
    {
        interrupts.Announce($"the run goes on without being watched; `federated watch {run}` shows it again, `federated stop {run}` ends it");
        await using IRunProgress progress = RunProgress.ForConsole(json, time);
        return await new RunWatch(client, progress, time).ToEndAsync(run, cancel);
    }
}
