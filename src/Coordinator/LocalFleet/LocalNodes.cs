using System.ComponentModel;
using System.Diagnostics;
using Federated.Protocol.Faults;

namespace Federated.Coordinator.LocalFleet;

/// <summary>
/// Node processes on this machine, kept running: one that ends is started again after a pause. They end when this object is disposed, and when this process ends, however it ends.
/// </summary>
internal sealed class LocalNodes : IAsyncDisposable
{
    private const int FirstSignalCode = 128; // exit codes above it say that a signal ended the process

    private readonly LocalNodesOptions options;
    private readonly TimeProvider time;
    private readonly Action<string> notice;
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource noneLeft = new();
    private readonly Task[] nodes;
    private int left;
    private string lastFailure = "";

    private LocalNodes(LocalNodesOptions options, TimeProvider time, Action<string> notice)
    {
        this.options = options;
        this.time = time;
        this.notice = notice;
        left = options.Nodes;
        nodes = [.. Enumerable.Range(1, options.Nodes).Select(number => Task.Run(() => KeepAsync(number)))];
    }

    /// <summary>Set when every node has failed so often that none is started any more.</summary>
    public CancellationToken NoneLeft => noneLeft.Token;

    /// <summary>Why the last node was given up.</summary>
    public string LastFailure => Volatile.Read(ref lastFailure);

    /// <summary>Starts the nodes; their names are <c>local-1</c>, <c>local-2</c>, ….</summary>
    /// <param name="options">Which nodes.</param>
    /// <param name="time">Measures pauses; no result depends on it.</param>
    /// <param name="notice">Hears of nodes that ended.</param>
    public static LocalNodes Start(LocalNodesOptions options, TimeProvider time, Action<string> notice)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Nodes, 1);
        Directory.CreateDirectory(options.LogFolder);
        return new LocalNodes(options, time, notice);
    }

    /// <summary>Ends all nodes.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(nodes);
        stop.Dispose();
        noneLeft.Dispose();
    }

    private async Task KeepAsync(int number)
    {
        string name = $"local-{number}";
        string logFile = Path.Combine(this.options.LogFolder, $"{name}.log");
        int failures = 0, kills = 0;
        for (int starts = 0; !stop.IsCancellationRequested; starts++)
        {
            long began = this.time.GetTimestamp();
            (int? exitCode, string lastLine) = await RunOnceAsync(name, logFile, isFirst: starts == 0);
            if (stop.IsCancellationRequested || exitCode == 0)
                return; // a node ends well when the coordinator needs it no more

            if (this.time.GetElapsedTime(began) >= this.options.WellAfter)
                failures = kills = 0;
            bool killed = exitCode > FirstSignalCode;
            int count = killed ? ++kills : ++failures;
            string cause = exitCode is { } code ? Describe(code) : "could not be started";
            string what = killed || lastLine.Length == 0 ? $"node {name} {cause}" : $"node {name} {cause}: {lastLine}";
            if (count >= (killed ? this.options.MostKills : this.options.MostFailures))
            {
                GiveUp($"{what}; it is not started again after {count} times in a row, see {logFile}");
                return;
            }

            notice($"{what}; it is started again");
            if (!await PauseAsync(count))
                return;
        }
    }

    private async Task<(int? ExitCode, string LastLine)> RunOnceAsync(string name, string logFile, bool isFirst)
    {
        try
        {
            using StreamWriter log = new(new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
            ProcessStartInfo start = this.options.Program.With([.. this.options.Arguments, "--name", name]);
            if (!isFirst)
                start.Environment.Remove(FaultPoint.Variable); // a node that a test let die once must not die for ever
            using LocalNodeProcess process = LocalNodeProcess.Start(start, log);
            int exitCode = await process.EndAsync(this.time, stop.Token);
            return (exitCode, process.LastLine);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return (null, problem.Message);
        }
    }

    private async Task<bool> PauseAsync(int count)
    {
        // Doubling more than 20 times would overflow; the bound is long reached by then.
        TimeSpan pause = TimeSpan.FromTicks(Math.Min(this.options.LongestPause.Ticks, this.options.FirstPause.Ticks << Math.Min(count - 1, 20)));
        try
        {
            await Task.Delay(pause, this.time, stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void GiveUp(string why)
    {
        notice(why);
        Volatile.Write(ref lastFailure, why);
        if (Interlocked.Decrement(ref left) == 0)
            noneLeft.Cancel();
    }

    private static string Describe(int exitCode) => exitCode switch
    {
        FirstSignalCode + 9 => "was killed (signal 9; by hand, or because memory was short)",
        > FirstSignalCode => $"was ended by signal {exitCode - FirstSignalCode}",
        _ => $"failed with exit code {exitCode}",
    };
}
