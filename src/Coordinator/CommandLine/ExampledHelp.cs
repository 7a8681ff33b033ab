using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Federated.Coordinator.CommandLine;

/// <summary>The library's help, followed by the command's examples, or by the exit codes where the program as a whole is meant.</summary>
internal sealed class ExampledHelp(HelpAction help) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool Terminating => true;

    /// <summary>Help is asked for because something is missing, so that is no error then.</summary>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        InvocationConfiguration console = parseResult.InvocationConfiguration;
        TextWriter output = console.Output;
        StringWriter text = new();
        console.Output = text;
        help.Invoke(parseResult);
        console.Output = output;
        // The library names the program after its file; users start it through the launcher.
        output.Write(text.ToString().Replace($"  {RootCommand.ExecutableName}", "  federated", StringComparison.Ordinal));
        if (parseResult.CommandResult.Command is ExampledCommand command)
        {
            output.WriteLine("Examples:");
            foreach (string example in command.Examples)
                output.WriteLine($"  {example}");
        }
        else if (parseResult.CommandResult.Command is RootCommand)
        {
            output.WriteLine("Exit codes:");
            output.WriteLine("  0    done");
            output.WriteLine("  1    the program failed");
            output.WriteLine("  2    what it was given cannot be used: the command line, an experiment file, data, a folder");
            output.WriteLine("  3    no coordinator answers");
            output.WriteLine("  4    the coordinator refuses who asks");
            output.WriteLine("  130  interrupted; completed rounds are saved");
        }

        return ExitCode.Success;
    }
}
