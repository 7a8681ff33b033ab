using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Federated.EndToEnd;

/// <summary>What a finished process said.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Error);

/// <summary>The real command line in a process of its own. Every wait has a limit, and running into it tells what the process has said so far.</summary>
internal sealed class FederatedProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly Process process;
    private readonly string commandLine;
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();
    private readonly List<(Predicate<string> Matches, TaskCompletionSource Seen)> watchers = [];

    private bool disposed;

    private FederatedProcess(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        commandLine = string.Join(' ', arguments);
        // A shell that starts the tests in the background makes them, and what they start, ignore interrupts: `env` gives the signal its usual effect again.
        string[] command = ["dotnet", Path.Combine(AppContext.BaseDirectory, "Federated.Coordinator.dll"), .. arguments];
        if (OperatingSystem.IsLinux())
            command = ["env", "--default-signal=SIGINT", .. command];
        ProcessStartInfo start = new(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[name] = value;
        this.process = new Process { StartInfo = start };
        this.process.OutputDataReceived += (_, line) => Keep(line.Data, this.output);
        this.process.ErrorDataReceived += (_, line) => Keep(line.Data, error);
        this.process.Start();
        this.process.StandardInput.Close();
        this.process.BeginOutputReadLine();
        this.process.BeginErrorReadLine();
    }

    /// <summary>Starts the program.</summary>
    public static FederatedProcess Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) => new(arguments, environment);

    /// <summary>Runs the program to its end.</summary>
    public static async Task<ProcessResult> RunAsync(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using FederatedProcess process = Start(arguments, environment);
        return await process.EndAsync();
    }

    /// <summary>Waits for the process to end, and for all that it wrote.</summary>
    public async Task<ProcessResult> EndAsync()
    {
        await LimitAsync(this.process.WaitForExitAsync(), "to end");
        return new ProcessResult(this.process.ExitCode, this.output.ToString(), error.ToString());
    }

    /// <summary>Waits until the process has written a line that matches.</summary>
    public Task SeeAsync(Predicate<string> matches)
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (watchers)
        {
            watchers.Add((matches, seen));
            if ($"{this.output}{error}".Split('\n').Any(line => matches(line)))
                seen.TrySetResult();
        }

        return LimitAsync(Task.WhenAny(seen.Task, this.process.WaitForExitAsync()), "to write the awaited line");
    }

    /// <summary>The first line of either output that matches, written already or to come.</summary>
    /// <exception cref="InvalidOperationException">The process ended without it.</exception>
    public async Task<string> LineAsync(Predicate<string> matches)
    {
        string? found = null;
        bool Matches(string line)
        {
            if (!matches(line))
                return false;
            Interlocked.CompareExchange(ref found, line, null);
            return true;
        }

        await SeeAsync(Matches);
        if (found is null)
            await LimitAsync(this.process.WaitForExitAsync(), "to end, for all that it wrote");
        return found ?? throw new InvalidOperationException($"`federated {commandLine}` ended with code {this.process.ExitCode} without the awaited line\n--- output\n{this.output}\n--- error\n{error}");
    }

    /// <summary>What the process has written so far.</summary>
    public string Written
    {
        get
        {
            lock (watchers)
                return $"--- `federated {commandLine}`, output\n{this.output}\n--- error\n{error}";
        }
    }

    /// <summary>Completes when the process has ended; without a limit, for a process that is meant to go on.</summary>
    public async Task<int> ExitAsync(CancellationToken cancel)
    {
        await this.process.WaitForExitAsync(cancel);
        return this.process.ExitCode;
    }

    /// <summary>Sends Ctrl-C.</summary>
    public void Interrupt() => Send(2);

    /// <summary>Asks it to end, as a service manager does.</summary>
    public void Terminate() => Send(15);

    /// <summary>Ends the process without letting it do anything more, as a power failure would.</summary>
    public void Kill() => this.process.Kill();

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        if (!this.process.HasExited)
            this.process.Kill(entireProcessTree: true);
        this.process.Dispose();
    }

    private void Send(int signal)
    {
        if (kill(this.process.Id, signal) != 0)
            throw new InvalidOperationException($"signal {signal} could not be sent to `{commandLine}`");
    }

    private async Task LimitAsync(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Limit);
        }
        catch (TimeoutException exception)
        {
            string output;
            lock (watchers)
                output = $"--- output\n{this.output}\n--- error\n{error}";
            throw new TimeoutException($"waited {Limit.TotalSeconds} s for `federated {commandLine}` {what}\n{output}", exception);
        }
    }

    private void Keep(string? line, StringBuilder text)
    {
        if (line is null)
            return;
        lock (watchers)
        {
            text.Append(line).Append('\n');
            foreach ((Predicate<string> matches, TaskCompletionSource seen) in watchers)
            {
                if (matches(line))
                    seen.TrySetResult();
            }
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);
}
