using System.Runtime.CompilerServices;
using Federated.Coordinator.CommandLine;
using Federated.Coordinator.Progress;
using Federated.Coordinator.Runs;
using Federated.Coordinator.Tests.Runs;
using Federated.Methods.Experiments;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.Coordinator.Tests.CommandLine;

/// <summary>Watching a run of a coordinator that goes and comes back.</summary>
public sealed class RunWatchTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly SampleRun Sample = new() { Rounds = 4 };
    private static readonly ExperimentSpec Experiment = new() { Name = "demo", Rounds = 4, Seed = 7 };

    [Fact]
    public async Task A_coordinator_that_comes_back_is_watched_on()
    {
        // First connection: two rounds, then it is lost. Second: nobody answers. Third: the coordinator has continued.
        RunsOfScript client = new(
            Script(2, told => { }, new CoordinatorLostException("gone")),
            Script(null, told => { }, new CoordinatorLostException("refused")),
            Script(3, told => { told.RoundCompleted(Sample.Records()[3]); told.RunFinished(Sample.Summary(), interrupted: false); }, null));
        (int exitCode, string[] lines) = await WatchAsync(client);
        Assert.Equal(0, exitCode);
        Assert.Equal(
            ["demo: fedavg", "round 1/4,", "round 2/4,", "the coordinator", "round 3/4,", "round 4/4,", "finished: accuracy"],
            lines.Select(line => string.Join(' ', line.Split(' ')[..2])));
    }

    [Fact]
    public async Task An_interrupted_run_is_watched_on_and_a_stopped_one_is_not()
    {
        RunsOfScript client = new(
            Script(2, told => told.RunFinished(Sample.Summary(), interrupted: true), null),
            Script(3, told => told.RunFinished(Sample.Summary(), interrupted: true), null, new RunInfo { Run = "demo", Status = RunStatus.Stopped, RoundsCompleted = 3, Rounds = 4 }));
        (int exitCode, string[] lines) = await WatchAsync(client);
        Assert.Equal(130, exitCode);
        Assert.Equal("demo was stopped after round 3 of 4; submitting it again continues it", lines[^1]);
    }

    [Fact]
    public async Task A_failed_run_fails_the_watch_with_its_cause()
    {
        RunsOfScript client = new(Script(1, told => { }, null, new RunInfo { Run = "demo", Status = RunStatus.Failed, Error = "client 3 diverged" }));
        CoordinatorException failure = await Assert.ThrowsAsync<CoordinatorException>(() => WatchAsync(client));
        Assert.Equal((1, "the run demo failed: client 3 diverged"), (failure.ExitCode, failure.Message));
    }

    [Fact]
    public async Task A_coordinator_that_never_answers_is_not_waited_for() =>
        await Assert.ThrowsAsync<CoordinatorLostException>(() => WatchAsync(new RunsOfScript(Script(null, told => { }, new CoordinatorLostException("refused")))));

    private static async Task<(int ExitCode, string[] Lines)> WatchAsync(RunsOfScript client)
    {
        using StringWriter output = new();
        await using PlainProgress progress = new(output, TimeProvider.System);
        int exitCode = await new RunWatch(client, progress, TimeProvider.System).ToEndAsync("demo", CancellationToken.None).WaitAsync(Limit);
        return (exitCode, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>What one connection tells: the run with so many rounds complete, what happens then, and how the connection ends.</summary>
    private static (RunEventHub Hub, Exception? End) Script(int? completed, Action<RunEventObserver> then, Exception? end, RunInfo? outcome = null)
    {
        RunEventHub hub = new();
        RunEventObserver told = new(hub);
        if (completed is { } rounds)
        {
            told.RunStarted(Experiment, "runs/nowhere", 2, 0);
            foreach (RoundRecord record in Sample.Records().Take(rounds))
                told.RoundCompleted(record);
        }

        then(told);
        if (outcome is not null)
            hub.Publish(new RunEvent { State = outcome });
        hub.Complete();
        return (hub, end);
    }

    /// <summary>Answers each call of watch with the next of its scripts.</summary>
    private sealed class RunsOfScript(params (RunEventHub Hub, Exception? End)[] connections) : IRunsClient
    {
        private int connection;

        public async IAsyncEnumerable<RunEvent> WatchAsync(string run, [EnumeratorCancellation] CancellationToken cancel)
        {
            (RunEventHub hub, Exception? end) = connections[connection++];
            await foreach (RunEvent happened in hub.WatchAsync(cancel))
                yield return happened;
            if (end is not null)
                throw end;
        }

        public Task<SubmitReply> SubmitAsync(SubmitRequest request, CancellationToken cancel) => throw new NotSupportedException();

        public Task<ListReply> ListAsync(CancellationToken cancel) => throw new NotSupportedException();

        public Task<RunInfo> StopAsync(StopRequest request, CancellationToken cancel) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
