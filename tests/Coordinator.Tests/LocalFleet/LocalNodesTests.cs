using System.Collections.Concurrent;
using System.Diagnostics;
using Federated.Coordinator.LocalFleet;
using Federated.Coordinator.Tests.Runs;
using Xunit;

namespace Federated.Coordinator.Tests.LocalFleet;

/// <summary>Node processes are kept running; shells stand in for them.</summary>
public sealed class LocalNodesTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private readonly ConcurrentQueue<string> notices = new();
    private readonly SemaphoreSlim noticed = new(0);

    public void Dispose()
    {
        folder.Dispose();
        noticed.Dispose();
    }

    [Fact]
    public async Task A_killed_node_is_started_again()
    {
        // The first start dies as by `kill -9`, the second writes a line and lives until its input ends.
        string marker = folder["started"];
        await using (LocalNodes nodes = Start($"if [ -e {marker} ]; then echo again; cat; exit 0; fi; touch {marker}; kill -9 $$", nodes: 1))
        {
            await NoticesAsync(1);
            await LogHoldsAsync("local-1", "again");
            Assert.False(nodes.NoneLeft.IsCancellationRequested);
        }

        Assert.Equal("node local-1 was killed (signal 9; by hand, or because memory was short); it is started again", Assert.Single(notices));
    }

    [Fact]
    public async Task A_node_that_keeps_failing_is_given_up_with_its_last_line()
    {
        await using LocalNodes nodes = Start("echo 'the data set is missing' >&2; exit 2", nodes: 1);
        TaskCompletionSource none = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = nodes.NoneLeft.Register(none.SetResult);
        await none.Task.WaitAsync(Limit);
        Assert.Equal(3, notices.Count);
        Assert.StartsWith("node local-1 failed with exit code 2: the data set is missing; it is not started again after 3 times in a row, see ", nodes.LastFailure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_ends_well_is_not_started_again()
    {
        string starts = folder["starts"];
        await using (LocalNodes nodes = Start($"echo x >> {starts}; echo done", nodes: 2))
        {
            await LogHoldsAsync("local-1", "done");
            await LogHoldsAsync("local-2", "done");
        }

        Assert.Empty(notices);
        Assert.Equal(2, File.ReadAllLines(starts).Length);
    }

    [Fact]
    public async Task All_nodes_end_with_the_fleet()
    {
        string ended = folder["ended"];
        await using (LocalNodes nodes = Start($"echo $$; cat; echo $3 >> {ended}", nodes: 2))
        {
            await LogHoldsAsync("local-1", "");
            await LogHoldsAsync("local-2", "");
        }

        // Both saw the end of their input and came to their last command; their name was given to them.
        Assert.Equal(["local-1", "local-2"], File.ReadAllLines(ended).Order(StringComparer.Ordinal));
        foreach (string name in (string[])["local-1", "local-2"])
            Assert.Throws<ArgumentException>(() => Process.GetProcessById(int.Parse(File.ReadAllText(LogOf(name)).Trim())));
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_given_up()
    {
        LocalNodesOptions options = Options("", nodes: 1) with { Program = new ProgramCommand(folder["none"], []) };
        await using LocalNodes nodes = LocalNodes.Start(options, TimeProvider.System, Hear);
        await NoticesAsync(3);
        Assert.All(notices, notice => Assert.StartsWith("node local-1 could not be started: ", notice, StringComparison.Ordinal));
    }

    [Fact]
    public void This_program_can_be_started_again()
    {
        ProgramCommand program = ProgramCommand.OfThisProgram();
        using Process process = Process.Start(program.With("list", "models"))!;
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit((int)Limit.TotalMilliseconds), output);
        Assert.Contains("resnet-20", output, StringComparison.Ordinal);
    }

    private LocalNodesOptions Options(string script, int nodes) => new()
    {
        Program = new ProgramCommand("/bin/sh", ["-c", script, "sh"]),
        Arguments = ["node"],
        Nodes = nodes,
        LogFolder = folder["nodes"],
        FirstPause = TimeSpan.FromMilliseconds(1),
    };

    private LocalNodes Start(string script, int nodes) => LocalNodes.Start(Options(script, nodes), TimeProvider.System, Hear);

    private void Hear(string notice)
    {
        notices.Enqueue(notice);
        noticed.Release();
    }

    private string LogOf(string name) => Path.Combine(folder["nodes"], $"{name}.log");

    private async Task NoticesAsync(int count)
    {
        for (int heard = 0; heard < count; heard++)
            Assert.True(await noticed.WaitAsync(Limit), $"heard only {heard} of {count}: {string.Join(" | ", notices)}");
    }

    /// <summary>Waits until a line of the node's log is complete and holds the text.</summary>
    private async Task LogHoldsAsync(string name, string text)
    {
        using FileSystemWatcher watcher = new(folder["nodes"]);
        using SemaphoreSlim changed = new(1);
        watcher.Changed += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        do
            Assert.True(await changed.WaitAsync(Limit), $"no line with '{text}' in the log of {name}");
        while (!File.Exists(LogOf(name)) || !ReadLog(name).Split('\n')[..^1].Any(line => line.Contains(text, StringComparison.Ordinal)));
    }

    private string ReadLog(string name)
    {
        using StreamReader log = new(new FileStream(LogOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return log.ReadToEnd();
    }
}
