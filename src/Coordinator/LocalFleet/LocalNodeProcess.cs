using System.ComponentModel;
using System.Diagnostics;

namespace Federated.Coordinator.LocalFleet;

/// <summary>
/// One node process that this process started. What it writes goes into its log. Its standard input is a pipe that nothing is written to: it closes when this process ends, however
/// it ends, and the node ends with it.
/// </summary>
internal sealed class LocalNodeProcess : IDisposable
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly TextWriter log;
    private string lastLine = "";
    private bool isClosed;

    private LocalNodeProcess(Process process, TextWriter log)
    {
        this.process = process;
        this.log = log;
    }

    /// <summary>What the process wrote last; empty when it wrote nothing.</summary>
    public string LastLine => Volatile.Read(ref lastLine);

    /// <summary>Number of the process in the system.</summary>
    public int Id => this.process.Id;

    /// <summary>Starts the process.</summary>
    /// <param name="start">Program and arguments, all streams redirected.</param>
    /// <param name="log">Receives its lines; stays open.</param>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    public static LocalNodeProcess Start(ProcessStartInfo start, TextWriter log)
    {
        Process process = new() { StartInfo = start };
        LocalNodeProcess node = new(process, log);
        process.OutputDataReceived += (_, line) => node.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => node.Keep(line.Data);
        try
        {
            process.Start();
        }
        catch
        {
            process.Dispose();
            throw;
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return node;
    }

    /// <summary>Waits for the process to end and for all that it wrote; ends it when asked to.</summary>
    /// <param name="time">Limits how long it may take to end by itself.</param>
    /// <param name="stop">Asks it to end; if it does not, it is ended.</param>
    /// <returns>Its exit code; 128 and the number of the signal when a signal ended it.</returns>
    public async Task<int> EndAsync(TimeProvider time, CancellationToken stop)
    {
        try
        {
            await this.process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            await StopAsync(time);
        }

        return this.process.ExitCode;
    }

    /// <summary>Ends the process at once if it still runs.</summary>
    public void Dispose()
    {
        Kill();
        lock (this.log)
            isClosed = true;
        this.process.Dispose();
    }

    private async Task StopAsync(TimeProvider time)
    {
        using CancellationTokenSource limit = new(EndLimit, time);
        try
        {
            this.process.StandardInput.Close(); // the node takes it as the request to end
            await this.process.WaitForExitAsync(limit.Token);
        }
        catch (Exception problem) when (problem is OperationCanceledException or IOException)
        {
            Kill();
            await this.process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private void Kill()
    {
        try
        {
            if (!this.process.HasExited)
                this.process.Kill(entireProcessTree: true);
        }
        catch (Exception problem) when (problem is InvalidOperationException or Win32Exception)
        {
            // It ended by itself between the check and the call, which is what was wanted.
        }
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        Volatile.Write(ref lastLine, line);
        lock (this.log)
        {
            if (!isClosed) // lines may come from a process that was given up
                this.log.WriteLine(line);
        }
    }
}
