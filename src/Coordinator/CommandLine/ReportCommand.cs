using System.CommandLine;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated report RUN</c>: writes a run's report again.</summary>
internal sealed class ReportCommand : ExampledCommand
{
    private readonly Argument<string> run = new("RUN") { Description = "A run folder." };

    /// <summary>Builds the command.</summary>
    public ReportCommand()
        : base("report", "Writes the report of a run, finished or not, into its folder.", "federated report runs/quickstart")
    {
        Arguments.Add(run);
        SetAction(arguments =>
        {
            arguments.InvocationConfiguration.Output.WriteLine(ReportFile.Write(RunArguments.Existing(arguments.GetRequiredValue(run))));
            return ExitCode.Success;
        });
    }
}
