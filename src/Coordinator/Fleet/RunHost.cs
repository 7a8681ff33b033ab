using System.Collections.Concurrent;
using Federated.Coordinator.CommandLine;
using Federated.Coordinator.Grains;
using Federated.Coordinator.Progress;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Runs;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Protocol.Faults;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>
/// Runs what was submitted, one run after the other, each in a folder of its own below the runs' folder. A run that was under way when the coordinator ended, however it ended, is first in the queue at the next
/// start and continues after its last completed round.
/// </summary>
/// <param name="folder">The runs' folder.</param>
/// <param name="grains">The runs' state and the queue.</param>
/// <param name="exchanges">Where the clients of a run are.</param>
/// <param name="findData">Finds the data set of an experiment.</param>
/// <param name="workers">Threads of the coordinator's own computations.</param>
/// <param name="time">Measures.</param>
/// <param name="notices">What people should know.</param>
internal sealed class RunHost(
    string folder, IGrains grains, Func<string, IExchangeSource> exchanges, Func<ExperimentSpec, CancellationToken, Task<DataSet>> findData, int workers, TimeProvider time, FleetNotices notices)
{
    private readonly ConcurrentDictionary<string, RunEventHub> hubs = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim submitted = new(0);
    private readonly Lock gate = new();
    private RunUnderWay? current;

    private IFleetGrain Fleet => grains.Get<IFleetGrain>(IFleetGrain.OnlyKey);

    /// <summary>Takes an experiment.</summary>
    /// <returns>The run, and whether there was such a run already.</returns>
    /// <exception cref="ExperimentFileException">It is no experiment.</exception>
    /// <exception cref="RunConflictException">Another experiment has this name.</exception>
    public async Task<(RunInfo Run, bool Existed)> SubmitAsync(string experiment, string name, CancellationToken cancel)
    {
        ExperimentSpec specification = Vocabulary.Reader.Parse(experiment, "the submitted experiment", []);
        string run = name.Length > 0 ? name : specification.Name;
        RunNames.Require(run);
        var submission = new RunSubmission(ExperimentWriter.ToYaml(specification), specification.Method.Name, specification.Rounds, RunTimes.Text(time.GetUtcNow()));
        SubmissionResult result;
        try
        {
            result = await Experiment(run).SubmitAsync(submission);
        }
        catch (RunConflictException conflict)
        {
            string difference = SpecificationDifference.Describe((await Experiment(run).DescribeAsync()).Experiment, submission.Experiment);
            throw new RunConflictException($"{conflict.Message}, with --name; they differ in:\n{difference}");
        }

        if (!result.State.IsOver && !IsUnderWay(run))
        {
            if (hubs.TryRemove(run, out RunEventHub? before))
                before.Complete();
            await Fleet.EnqueueAsync(run);
            FaultPoint.Reach(FaultPoints.CoordinatorRunSubmitted);
            submitted.Release();
        }

        return (await DescribeAsync(run), result.Existed);
    }

    /// <summary>All runs, those submitted first first.</summary>
    public async Task<IReadOnlyList<RunInfo>> ListAsync()
    {
        var runs = new List<RunInfo>();
        foreach (string run in await Fleet.RunsAsync())
            runs.Add(await DescribeAsync(run));
        return runs;
    }

    /// <summary>What has happened in a run and what happens, to its end.</summary>
    /// <exception cref="UnknownRunException">There is no such run.</exception>
    public async Task<IAsyncEnumerable<RunEvent>> WatchAsync(string run, CancellationToken cancel)
    {
        await RequireKnownAsync(run);
        RunInfo info = await DescribeAsync(run);
        return hubs.GetOrAdd(run, _ => Remember(info)).WatchAsync(cancel);
    }

    /// <summary>Ends a run: after the round under way, or at once. What is complete is saved, and submitting the same experiment again continues it.</summary>
    /// <exception cref="UnknownRunException">There is no such run.</exception>
    public async Task<RunInfo> StopAsync(string run, bool abort)
    {
        await RequireKnownAsync(run);
        lock (gate)
        {
            if (current?.Name == run)
                current.Stop(abort);
        }

        if (!IsUnderWay(run) && !(await Experiment(run).DescribeAsync()).IsOver)
        {
            await Fleet.RemoveAsync(run);
            await Experiment(run).EndAsync(RunStatus.Stopped, error: "");
            await TellOutcomeAsync(run);
        }

        return await DescribeAsync(run);
    }

    /// <summary>Runs what is queued until told to stop.</summary>
    /// <param name="stop">Finish and save the round under way, and leave what is queued.</param>
    /// <param name="abort">End at once.</param>
    public async Task RunAsync(CancellationToken stop, CancellationToken abort)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (await Fleet.NextRunAsync() is { } run)
                    await RunAsync(run, stop, abort);
                else
                    await submitted.WaitAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested || abort.IsCancellationRequested)
        {
            // What is under way stays first in the queue.
        }
    }

    private async Task RunAsync(string run, CancellationToken stop, CancellationToken abort)
    {
        using var underWay = new RunUnderWay(run, stop, abort);
        lock (gate)
            current = underWay;
        try
        {
            // A coordinator that was killed after the run's end and before the next line finds it in the queue still.
            bool isOver = (await Experiment(run).DescribeAsync()).IsOver;
            if (!isOver && await RunToItsEndAsync(underWay) == RunStatus.Queued)
                return;
            await Fleet.RemoveAsync(run);
            await TellOutcomeAsync(run);
        }
        finally
        {
            lock (gate)
                current = null;
        }
    }

    /// <summary>Runs it, and says how it ended; queued: it goes on at the next start.</summary>
    private async Task<RunStatus> RunToItsEndAsync(RunUnderWay underWay)
    {
        IExperimentGrain experiment = Experiment(underWay.Name);
        RunEventHub hub = hubs.GetOrAdd(underWay.Name, static _ => new RunEventHub());
        var observer = new HostedRunObserver(underWay.Name, hub, experiment, notices);
        using IDisposable told = notices.Tell(observer.Notice);
        RunStatus status;
        string error = "";
        try
        {
            FaultPoint.Reach(FaultPoints.CoordinatorRunStarted);
            ExperimentSpec specification = Vocabulary.Reader.Parse((await experiment.DescribeAsync()).Experiment, underWay.Name, []);
            DataSet data = await findData(specification, underWay.StopToken);
            string path = Path.Combine(folder, underWay.Name);
            var request = new RunRequest(specification, data, path, workers, observer) { Exchanges = exchanges(underWay.Name) };
            RunSummary summary = await new ExperimentRunner(time).RunAsync(request, underWay.StopToken, underWay.AbortToken);
            ReportFile.Write(path);
            status = summary.Rounds == summary.RoundsPlanned ? RunStatus.Finished : underWay.IsStopped ? RunStatus.Stopped : RunStatus.Queued;
        }
        catch (OperationCanceledException) when (underWay.StopToken.IsCancellationRequested)
        {
            status = underWay.IsStopped ? RunStatus.Stopped : RunStatus.Queued;
        }
        catch (Exception failure)
        {
            status = RunStatus.Failed;
            error = FailureReport.Of(failure).Message;
            notices.Say($"run {underWay.Name} failed: {error}");
        }

        await observer.SavedAsync();
        if (status != RunStatus.Queued)
            await experiment.EndAsync(status, error);
        FaultPoint.Reach(FaultPoints.CoordinatorRunEnded);
        return status;
    }

    // Watchers of a run that ended without a summary would wait for ever: they are told its state.
    private async Task TellOutcomeAsync(string run)
    {
        if (!hubs.TryGetValue(run, out RunEventHub? hub))
            return;
        RunInfo info = await DescribeAsync(run);
        if (info.Status != RunStatus.Finished)
            hub.Publish(new RunEvent { State = info });
        hub.Complete();
    }

    // What an earlier process did. A run that is over without all of its rounds says so by its state: nothing more happens in it.
    private RunEventHub Remember(RunInfo info)
    {
        var hub = new RunEventHub();
        string path = Path.Combine(folder, info.Run);
        if (File.Exists(Path.Combine(path, RunFolder.ExperimentFile)))
        {
            using RunFolder opened = RunFolder.Open(path);
            new RunEventObserver(hub).Tell(Vocabulary.Reader.Parse(opened.Specification, path, []), opened);
        }

        if (info.Status is RunStatus.Queued or RunStatus.Stopped or RunStatus.Failed)
            hub.Publish(new RunEvent { State = info });
        if (info.Status is RunStatus.Finished or RunStatus.Stopped or RunStatus.Failed)
            hub.Complete();
        return hub;
    }

    private async Task<RunInfo> DescribeAsync(string run)
    {
        ExperimentState state = await Experiment(run).DescribeAsync();
        var info = new RunInfo
        {
            Run = run,
            Method = state.Method,
            Status = state.Status,
            Rounds = (uint)state.Rounds,
            RoundsCompleted = (uint)state.RoundsCompleted,
            BytesUp = (ulong)state.BytesUp,
            BytesDown = (ulong)state.BytesDown,
            Error = state.Error,
            Submitted = state.Submitted,
        };
        if (state.Accuracy is { } accuracy)
            info.Accuracy = accuracy;
        return info;
    }

    private async Task RequireKnownAsync(string run)
    {
        IReadOnlyList<string> runs = await Fleet.RunsAsync();
        if (!runs.Contains(run, StringComparer.Ordinal))
            throw new UnknownRunException(run, NearestName.Of(run, runs));
    }

    private bool IsUnderWay(string run)
    {
        lock (gate)
            return current?.Name == run;
    }

    private IExperimentGrain Experiment(string run) => grains.Get<IExperimentGrain>(run);
}
