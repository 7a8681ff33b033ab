using System.Collections.Immutable;
using Federated.Coordinator.CommandLine;
using Federated.Coordinator.Progress;
using Federated.Coordinator.Runs;
using Federated.Coordinator.Tests.Runs;
using Federated.Methods.Experiments;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.Coordinator.Tests.Progress;

public sealed class RunEventTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly SampleRun Sample = new() { Rounds = 4 };
    private static readonly ExperimentSpec Experiment = new() { Name = "demo", Rounds = 4, Seed = 7 };
    private readonly RunEventHub hub = new();
    private readonly ManualTime time = new();

    [Fact]
    public async Task A_watcher_sees_what_the_run_itself_would_show()
    {
        using StringWriter direct = new();
        PlainProgress shown = new(direct, time);
        RunEventObserver told = new(hub);
        foreach (IRunObserver observer in (IRunObserver[])[shown, told])
        {
            observer.RunStarted(Experiment, "runs/nowhere", 2, 0);
            observer.StepStarted("pre-training on the server");
            foreach (RoundRecord record in Sample.Records())
            {
                observer.PhaseStarted(record.Round, "training", 10);
                observer.ClientFinished(3);
                observer.RoundCompleted(record);
            }

            observer.RunFinished(Sample.Summary(), interrupted: false);
        }

        hub.Complete();
        string[] watched = await WatchedAsync(hub);
        string[] expected = Lines(direct);
        Assert.Equal(expected[0], watched[0]);
        // What was a step of the past is not told any more, and how long is left is known only while a run goes on.
        Assert.Equal(expected[2..].Select(WithoutTimeLeft), watched[1..]);
    }

    [Fact]
    public async Task Live_events_arrive_as_they_happen()
    {
        RunEventObserver told = new(hub);
        using StringWriter output = new();
        RunEventReplay replay = new(new PlainProgress(output, time), Read);
        await using IAsyncEnumerator<RunEvent> events = hub.WatchAsync().GetAsyncEnumerator();
        ValueTask<bool> next = events.MoveNextAsync();
        Assert.False(next.IsCompleted);
        told.RunStarted(Experiment, "runs/nowhere", 2, 0);
        Assert.True(await next.AsTask().WaitAsync(Limit));
        replay.Apply(events.Current);
        told.RoundCompleted(Sample.Records()[0]);
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(Limit));
        replay.Apply(events.Current);
        Assert.Equal(2, Lines(output).Length);
        hub.Complete();
        Assert.False(await events.MoveNextAsync().AsTask().WaitAsync(Limit));
        Assert.False(replay.IsOver);
    }

    [Fact]
    public async Task A_late_watcher_hears_every_round_and_what_is_under_way()
    {
        RunEventObserver told = new(hub);
        told.RunStarted(Experiment, "runs/nowhere", 2, 0);
        told.RoundCompleted(Sample.Records()[0]);
        told.RoundCompleted(Sample.Records()[1]);
        told.PhaseStarted(3, "training", 10);
        told.ClientProgress(1, 2, 3);
        told.ClientFinished(4);
        told.ClientFinished(5);
        hub.Complete();
        List<RunEvent> heard = await HeardAsync(hub);
        Assert.Equal(
            [RunEvent.KindOneofCase.Started, RunEvent.KindOneofCase.Round, RunEvent.KindOneofCase.Round, RunEvent.KindOneofCase.Phase, RunEvent.KindOneofCase.ClientFinished],
            heard.Select(happened => happened.KindCase));
        Assert.Equal(2u, heard[0].Started.CompletedRounds);
        Assert.Equal([4u, 5u], heard[^1].ClientFinished.Clients);
    }

    [Fact]
    public async Task A_watcher_that_comes_back_sees_every_round_once()
    {
        ImmutableArray<RoundRecord> records = Sample.Records();
        RunEventObserver before = new(hub);
        before.RunStarted(Experiment, "runs/nowhere", 2, 0);
        before.RoundCompleted(records[0]);
        before.RoundCompleted(records[1]);
        hub.Complete();
        using StringWriter output = new();
        RunEventReplay replay = new(new PlainProgress(output, time), Read);
        foreach (RunEvent happened in await HeardAsync(hub))
            replay.Apply(happened);

        // The coordinator was started anew: it tells the rounds of the folder and those that were completed since.
        using TemporaryFolder temporary = new();
        using (RunFolder folder = await RunFolder.CreateAsync(temporary.Path, Sample.Specification()))
        {
            await folder.AppendRoundAsync(records[0]);
            await folder.AppendRoundAsync(records[1]);
            await folder.AppendRoundAsync(records[2]);
        }

        RunEventHub again = new();
        RunEventObserver after = new(again);
        after.RunStarted(Experiment, temporary.Path, 2, 3);
        after.RoundCompleted(records[3]);
        after.RunFinished(Sample.Summary(), interrupted: false);
        again.Complete();
        foreach (RunEvent happened in await HeardAsync(again))
            replay.Apply(happened);

        string[] lines = Lines(output);
        Assert.Equal(["demo:", "round 1/4,", "round 2/4,", "round 3/4,", "round 4/4,", "finished:"], lines.Select(FirstWords));
        Assert.True(replay.IsOver);
        Assert.Equal(Sample.Summary().ModelSha256, replay.Summary!.ModelSha256);
    }

    [Fact]
    public async Task A_slow_watcher_misses_steps_but_no_round_and_its_queue_stays_short()
    {
        RunEventObserver told = new(hub);
        told.RunStarted(Experiment, "runs/nowhere", 2, 0);
        await using IAsyncEnumerator<RunEvent> events = hub.WatchAsync().GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(Limit));
        Assert.Equal(RunEvent.KindOneofCase.Started, events.Current.KindCase);
        RoundRecord record = Sample.Records()[0];
        const int rounds = 3 * RunEventHub.LongestQueue;
        for (int round = 1; round <= rounds; round++)
        {
            told.PhaseStarted(round, "training", 10);
            for (int step = 0; step < 10; step++)
                told.ClientProgress(0, step, 10);
            told.RoundCompleted(record with { Round = round });
        }

        hub.Complete();
        int steps = 0;
        List<string> heard = [];
        while (await events.MoveNextAsync().AsTask().WaitAsync(Limit))
        {
            if (events.Current.KindCase is RunEvent.KindOneofCase.Client)
                steps++;
            else if (events.Current.KindCase is RunEvent.KindOneofCase.Round)
                heard.Add(events.Current.Round.Record);
        }

        Assert.Equal(rounds, heard.Count);
        Assert.Equal(rounds, heard.Distinct(StringComparer.Ordinal).Count());
        Assert.InRange(steps, 0, 64);
    }

    [Fact]
    public async Task Slow_watchers_do_not_hold_each_other_up()
    {
        RunEventObserver told = new(hub);
        told.RunStarted(Experiment, "runs/nowhere", 2, 0);
        await using IAsyncEnumerator<RunEvent> slow = hub.WatchAsync().GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync().AsTask().WaitAsync(Limit));
        Task<List<RunEvent>> quick = HeardAsync(hub);
        told.RoundCompleted(Sample.Records()[0]);
        told.RunFinished(Sample.Summary(), interrupted: false);
        hub.Complete();
        Assert.Equal(RunEvent.KindOneofCase.Finished, (await quick.WaitAsync(Limit))[^1].KindCase);
        Assert.True(hub.IsWatched);
    }

    [Fact]
    public async Task Who_stops_watching_is_forgotten()
    {
        using CancellationTokenSource leave = new();
        IAsyncEnumerator<RunEvent> events = hub.WatchAsync(leave.Token).GetAsyncEnumerator(leave.Token);
        ValueTask<bool> next = events.MoveNextAsync();
        Assert.True(hub.IsWatched);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.AsTask().WaitAsync(Limit));
        await events.DisposeAsync();
        Assert.False(hub.IsWatched);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    public void A_round_that_cannot_be_read_is_said_to_come_from_another_release(string record)
    {
        RunEventReplay replay = new(new JsonProgress(TextWriter.Null), Read);
        RunEventException problem = Assert.Throws<RunEventException>(() => replay.Apply(new RunEvent { Round = new RoundCompleted { Record = record } }));
        Assert.Contains("another release", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_run_is_over_and_a_queued_one_is_announced()
    {
        using StringWriter output = new();
        RunEventReplay replay = new(new PlainProgress(output, time), Read);
        replay.Apply(new RunEvent { State = new RunInfo { Run = "demo", Status = RunStatus.Queued } });
        Assert.Contains("demo is queued", output.ToString(), StringComparison.Ordinal);
        Assert.False(replay.IsOver);
        replay.Apply(new RunEvent { State = new RunInfo { Run = "demo", Status = RunStatus.Failed, Error = "diverged" } });
        Assert.True(replay.IsOver);
        Assert.Equal("diverged", replay.Outcome!.Error);
    }

    [Fact]
    public async Task A_folder_is_told_like_the_run_that_filled_it()
    {
        using TemporaryFolder temporary = new();
        using RunFolder folder = await RunFolder.CreateAsync(temporary.Path, Sample.Specification());
        foreach (RoundRecord record in Sample.Records())
            await folder.AppendRoundAsync(record);
        await folder.WriteSummaryAsync(Sample.Summary());
        new RunEventObserver(hub).Tell(Experiment, folder);
        hub.Complete();
        string[] lines = await WatchedAsync(hub);
        Assert.Equal(["demo:", "round 1/4,", "round 2/4,", "round 3/4,", "round 4/4,", "finished:"], lines.Select(FirstWords));
    }

    private static ExperimentSpec Read(string text) => Vocabulary.Reader.Parse(text, "experiment.yaml", []);

    private static string FirstWords(string line) => string.Join(' ', line.Split(' ').Take(line.StartsWith("round", StringComparison.Ordinal) ? 2 : 1));

    private static string WithoutTimeLeft(string line) => line.Split(", about ")[0];

    private static string[] Lines(StringWriter output) => output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<List<RunEvent>> HeardAsync(RunEventHub hub)
    {
        List<RunEvent> heard = [];
        using CancellationTokenSource limit = new(Limit);
        await foreach (RunEvent happened in hub.WatchAsync(limit.Token))
            heard.Add(happened);
        return heard;
    }

    private async Task<string[]> WatchedAsync(RunEventHub watched)
    {
        using StringWriter output = new();
        RunEventReplay replay = new(new PlainProgress(output, time), Read);
        foreach (RunEvent happened in await HeardAsync(watched))
            replay.Apply(happened);
        return Lines(output);
    }
}
