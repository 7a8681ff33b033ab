using Spectre.Console;

namespace Federated.Coordinator.Progress;

/// <summary>Chooses how a run is shown: live on a terminal, a line a round in a pipe, JSON for programs.</summary>
public static class RunProgress
{
    /// <summary>The display for this process's standard output.</summary>
    /// <param name="json">One JSON object a round and the summary last, for programs.</param>
    /// <param name="time">Measures the run, to say how long is left.</param>
    public static IRunProgress ForConsole(bool json, TimeProvider time) =>
        Create(Console.Out, !Console.IsOutputRedirected, json, Environment.GetEnvironmentVariable, time);

    /// <summary>The display for <paramref name="output"/>; <paramref name="environment"/> gives the variables <c>TERM</c>, <c>CI</c> and <c>NO_COLOR</c>.</summary>
    internal static IRunProgress Create(TextWriter output, bool isTerminal, bool json, Func<string, string?> environment, TimeProvider time)
    {
        if (json)
            return new JsonProgress(output);
        return ForTerminal(output, isTerminal, environment) is { } console ? new TerminalProgress(console, output, time) : new PlainProgress(output, time);
    }

    /// <summary>The terminal behind <paramref name="output"/>, when lines can be drawn anew on it; null for pipes, logs and terminals that cannot.</summary>
    internal static IAnsiConsole? ForTerminal(TextWriter output, bool isTerminal, Func<string, string?> environment)
    {
        bool isLive = isTerminal && environment("TERM") is not "dumb" && string.IsNullOrEmpty(environment("CI"));
        if (!isLive)
            return null;
        bool colors = string.IsNullOrEmpty(environment("NO_COLOR"));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = AnsiSupport.Detect,
            ColorSystem = colors ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
        });
        return console.Profile.Capabilities.Ansi ? console : null;
    }
}
