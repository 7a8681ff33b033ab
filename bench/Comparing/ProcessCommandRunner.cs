using System.ComponentModel;
using System.Diagnostics;

namespace Federated.Bench.Comparing;

/// <summary>Runs programs of this machine.</summary>
/// <param name="folder">The folder they run in.</param>
/// <param name="limit">A program is ended after this time.</param>
/// <param name="time">Measures the limit.</param>
internal sealed class ProcessCommandRunner(string folder, TimeSpan limit, TimeProvider time) : ICommandRunner
{
    private const int FileNotFound = 2; // ENOENT, and ERROR_FILE_NOT_FOUND on Windows

    /// <inheritdoc/>
    public async Task<CommandResult?> RunAsync(CommandLine command, CancellationToken cancel)
    {
        ProcessStartInfo start = new(command.Program, command.Arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in command.Environment)
            start.Environment[name] = value;
        using Process? process = Start(start);
        if (process is null)
            return null;
        using CancellationTokenSource clock = new(limit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        try
        {
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(either.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(either.Token);
            await process.WaitForExitAsync(either.Token);
            return new CommandResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            End(process);
            cancel.ThrowIfCancellationRequested();
            throw new ComparisonException($"`{command}` did not end within {limit.TotalSeconds:0} s.");
        }
    }

    private static Process? Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception problem) when (problem.NativeErrorCode == FileNotFound)
        {
            return null;
        }
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception problem) when (problem is InvalidOperationException or Win32Exception)
        {
            // It ended by itself between the check and the call, which is what was wanted.
        }
    }
}
