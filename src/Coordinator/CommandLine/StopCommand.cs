using System.CommandLine;
using Federated.Protocol.V1;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated stop RUN</c>: ends a run of a coordinator.</summary>
internal sealed class StopCommand : ExampledCommand
{
    private readonly Argument<string> run = new("RUN") { Description = "Name of the run; `federated runs` lists them." };
    private readonly Option<bool> now = new("--now") { Description = "At once, instead of when the round under way is complete and saved." };

    /// <summary>Builds the command.</summary>
    public StopCommand(Interrupts interrupts, Func<string, string?> environment, Func<CoordinatorAccess, IRunsClient> connect)
        : base("stop", "Ends a run of a coordinator when its round is complete and saved; submitting it again continues it.", "federated stop quickstart", "federated stop quickstart --now")
    {
        Arguments.Add(this.run);
        Options.Add(now);
        CoordinatorOptions coordinator = new(this, environment);
        SetAction(async (arguments, cancel) =>
        {
            interrupts.Announce("");
            await using IRunsClient client = connect(coordinator.Read(arguments));
            RunInfo info = await client.StopAsync(new StopRequest { Run = arguments.GetRequiredValue(this.run), Abort = arguments.GetValue(now) }, cancel);
            string state = info.Status is RunStatus.Running ? $"stops when round {info.RoundsCompleted + 1} of {info.Rounds} is complete and saved" : RunTexts.State(info);
            await arguments.InvocationConfiguration.Output.WriteLineAsync($"{info.Run}: {state}");
            return ExitCode.Success;
        });
    }
}
