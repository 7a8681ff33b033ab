using System.ComponentModel;
using System.Diagnostics;

namespace Federated.Methods.Data;

/// <summary>Runs programs of this machine, with messages in English and nothing to ask the user.</summary>
/// <param name="time">Measures the limit.</param>
public sealed class ProcessRunner(TimeProvider time) : IProcessRunner
{
    // The end of the output is where programs say why they failed.
    private const int KeptOutput = 4096;
    private const int FileNotFound = 2; // ENOENT, and ERROR_FILE_NOT_FOUND on Windows

    /// <inheritdoc/>
    public async Task<ProcessResult?> RunAsync(string program, IReadOnlyList<string> arguments, string workingFolder, TimeSpan limit, CancellationToken cancel)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = workingFolder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using Process? process = Start(start);
        if (process is null)
            return null;
        using CancellationTokenSource clock = new(limit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        try
        {
            process.StandardInput.Close();
            Task<string> output = EndOfAsync(process.StandardOutput, either.Token);
            Task<string> error = EndOfAsync(process.StandardError, either.Token);
            await process.WaitForExitAsync(either.Token);
            return new ProcessResult(process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException problem)
        {
            End(process);
            cancel.ThrowIfCancellationRequested();
            throw new TimeoutException($"{program} did not end within {limit.TotalSeconds:0} s", problem);
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

    private static async Task<string> EndOfAsync(StreamReader reader, CancellationToken cancel)
    {
        char[] buffer = new char[KeptOutput];
        string kept = "";
        int read;
        while ((read = await reader.ReadAsync(buffer, cancel)) > 0)
        {
            kept += new string(buffer, 0, read);
            kept = kept[Math.Max(0, kept.Length - KeptOutput)..];
        }

        return kept;
    }
}
