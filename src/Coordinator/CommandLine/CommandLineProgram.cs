using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary>The command line as a whole: parses, dispatches to a command, and turns whatever ends it into an exit code.</summary>
internal sealed class CommandLineProgram
{
    private readonly RootCommand root;
    private readonly TextWriter output;
    private readonly TextWriter error;
    private readonly bool debug;
    private readonly CancellationToken stop;

    /// <summary>Builds all commands.</summary>
    /// <param name="time">The time that runs and downloads measure.</param>
    /// <param name="output">Results.</param>
    /// <param name="error">Messages for people.</param>
    /// <param name="debug">Whether failures show their stack trace.</param>
    /// <param name="interrupts">How the user ends a command early.</param>
    public CommandLineProgram(TimeProvider time, TextWriter output, TextWriter error, bool debug, Interrupts interrupts)
    {
        Func<string, string?> environment = Environment.GetEnvironmentVariable;
        stop = interrupts.Stop;
        this.output = output;
        this.error = error;
        this.debug = debug;
        root = new RootCommand("Simulates federated learning on devices that are too small for the model.")
        {
            new RunCommand(time, interrupts),
            new PretrainCommand(time, interrupts),
            new PlanCommand(time),
            new ReportCommand(),
            new CompareCommand(),
            new ListCommand(),
            new NewCommand(),
            new DataCommand(time),
            new ServeCommand(time, interrupts),
            new NodeCommand(time, interrupts, environment),
            new CertsCommand(time),
            new SubmitCommand(time, interrupts, environment, RunsClient.Connect),
            new RunsCommand(interrupts, environment, RunsClient.Connect),
            new WatchCommand(time, interrupts, environment, RunsClient.Connect),
            new StopCommand(interrupts, environment, RunsClient.Connect),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampledHelp((HelpAction)help.Action!);
    }

    /// <summary>Runs one command.</summary>
    /// <returns>The exit code; see <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            // Without a command there is nothing to do but to say what there is.
            ParseResult parsed = root.Parse(arguments.Count == 0 ? ["--help"] : arguments);
            if (parsed.Errors.Count > 0)
                return WriteParseError(parsed);

            // The library's own handling of Ctrl-C ends the process after two seconds, and a round takes longer to save.
            InvocationConfiguration configuration = new() { Output = this.output, Error = this.error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            int exitCode = await parsed.InvokeAsync(configuration, stop);
            await this.output.FlushAsync(CancellationToken.None);
            return exitCode;
        }
        catch (Exception failure)
        {
            return FailureReport.Write(failure, this.error, this.debug);
        }
    }

    private int WriteParseError(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string? unknown = parsed.UnmatchedTokens.FirstOrDefault();
        string message = unknown is null
            ? string.Join(' ', parsed.Errors.Select(problem => problem.Message).Distinct(StringComparer.Ordinal))
            : $"'{unknown}' is no command or option here.";
        IEnumerable<string> names = command.Subcommands.Select(sub => sub.Name).Concat(command.Options.Select(option => option.Name));
        string hint = unknown is not null && NearestName.Of(unknown, names) is string near ? $" Did you mean '{near}'?" : "";
        this.error.WriteLine($"federated: {message}{hint} See: {PathOf(parsed.CommandResult)} --help");
        return ExitCode.BadInput;
    }

    private static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : "federated";
}
