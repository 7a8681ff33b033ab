using System.Diagnostics;
using Federated.Methods.Data;

namespace Federated.Bench.Comparing;

/// <summary>Runs programs of this machine.</summary>
/// <param name="folder">The folder they run in.</param>
/// <param name="limit">A program is ended after this time.</param>
/// <param name="time">Measures the limit.</param>
internal sealed class ProcessCommandRunner(string folder, TimeSpan limit, TimeProvider time) : ICommandRunner
{
    /// <inheritdoc/>
    public async Task<CommandResult?> RunAsync(CommandLine command, CancellationToken cancel)
    {
        ProcessStartInfo start = new(command.Program, command.Arguments) { WorkingDirectory = folder };
        foreach ((string name, string value) in command.Environment)
            start.Environment[name] = value;
        try
        {
            return await ChildProcess.RunAsync(start, limit, time, static (output, end) => output.ReadToEndAsync(end), cancel) is { } result
                ? new CommandResult(result.ExitCode, result.Output, result.Error)
                : null;
        }
        catch (TimeoutException)
        {
            throw new ComparisonException($"`{command}` did not end within {limit.TotalSeconds:0} s.");
        }
    }
}
