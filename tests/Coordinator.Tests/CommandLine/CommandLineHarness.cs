using Federated.Coordinator.CommandLine;

namespace Federated.Coordinator.Tests.CommandLine;

/// <summary>Runs the command line in this process and keeps what it says.</summary>
internal static class CommandLineHarness
{
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int exitCode = await new CommandLineProgram(TimeProvider.System, output, error, debug: false, default).RunAsync(arguments);
        return (exitCode, output.ToString(), error.ToString());
    }
}
