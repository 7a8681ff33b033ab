using System.ComponentModel;
using System.Diagnostics;

namespace Federated.Methods.Data;

/// <summary>Runs one program to its end, with nothing to read from its standard input.</summary>
internal static class ChildProcess
{
    private const int FileNotFound = 2; // ENOENT, and ERROR_FILE_NOT_FOUND on Windows

    /// <summary>Starts the program and waits for it; it and all that it started are ended when it takes too long or the call is cancelled.</summary>
    /// <param name="start">Program, arguments, folder and environment; the standard streams are set here.</param>
    /// <param name="limit">The program is ended after this time.</param>
    /// <param name="time">Measures the limit.</param>
    /// <param name="read">Reads what the caller wants of an output to its end.</param>
    /// <param name="cancel">Ends the program.</param>
    /// <returns>Exit status and both outputs as <paramref name="read"/> read them; null when there is no such program.</returns>
    /// <exception cref="TimeoutException">The program did not end within the limit.</exception>
    public static async Task<(int ExitCode, string Output, string Error)?> RunAsync(
        ProcessStartInfo start, TimeSpan limit, TimeProvider time, Func<StreamReader, CancellationToken, Task<string>> read, CancellationToken cancel)
    {
        start.UseShellExecute = false;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process? process = Start(start);
        if (process is null)
            return null;
        using CancellationTokenSource clock = new(limit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        try
        {
            process.StandardInput.Close();
            Task<string> output = read(process.StandardOutput, either.Token);
            Task<string> error = read(process.StandardError, either.Token);
            await process.WaitForExitAsync(either.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException problem)
        {
            End(process);
            cancel.ThrowIfCancellationRequested();
            throw new TimeoutException($"{start.FileName} did not end within {limit.TotalSeconds:0} s", problem);
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
