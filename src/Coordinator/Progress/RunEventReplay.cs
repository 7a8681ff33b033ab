using System.Text.Json;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Progress;

/// <summary>
/// Shows a run that another process runs, from the events that it tells. After a break the events begin again in short; what is known already is left out, so that the display shows
/// every round once.
/// </summary>
/// <param name="progress">The display.</param>
/// <param name="read">Reads an experiment from its resolved file.</param>
public sealed class RunEventReplay(IRunProgress progress, Func<string, ExperimentSpec> read)
{
    private readonly List<RoundRecord> earlier = [];
    private RunStarted? starting;
    private bool started;
    private int lastRound = -1;

    /// <summary>Whether the run is over, one way or another. One that was interrupted is not: the coordinator may have ended, and continue it when it is started again.</summary>
    public bool IsOver => Summary is not null || Outcome is not null;

    /// <summary>The result, when the run finished.</summary>
    public RunSummary? Summary { get; private set; }

    /// <summary>The run's last state when it came to an end without all of its rounds: failed or stopped.</summary>
    public RunInfo? Outcome { get; private set; }

    /// <summary>Shows one event.</summary>
    /// <exception cref="RunEventException">It cannot be understood.</exception>
    public void Apply(RunEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        if (happened.KindCase is not (RunEvent.KindOneofCase.Round or RunEvent.KindOneofCase.Started))
            BeginWithWhatIsKnown();
        switch (happened.KindCase)
        {
            case RunEvent.KindOneofCase.Started:
                Start(happened.Started);
                break;
            case RunEvent.KindOneofCase.Step:
                progress.StepStarted(happened.Step.Description);
                break;
            case RunEvent.KindOneofCase.Phase:
                progress.PhaseStarted(Number(happened.Phase.Round), happened.Phase.Phase, Number(happened.Phase.Clients));
                break;
            case RunEvent.KindOneofCase.Client:
                progress.ClientProgress(Number(happened.Client.Client), Number(happened.Client.StepsDone), Number(happened.Client.Steps));
                break;
            case RunEvent.KindOneofCase.ClientFinished:
                foreach (uint client in happened.ClientFinished.Clients)
                    progress.ClientFinished(Number(client));
                break;
            case RunEvent.KindOneofCase.Round:
                AddRound(Parse(happened.Round.Record, "a round", static text => JsonSerializer.Deserialize(text, RunJson.Default.RoundRecord)));
                break;
            case RunEvent.KindOneofCase.Finished:
                Finish(
                    Parse(happened.Finished.Summary, "a summary", static text => JsonSerializer.Deserialize(text, RunJson.Default.RunSummary)),
                    happened.Finished.Interrupted);
                break;
            case RunEvent.KindOneofCase.Notice:
                progress.Notice(happened.Notice.Text);
                break;
            case RunEvent.KindOneofCase.State:
                ChangeState(happened.State);
                break;
        }
    }

    private void Start(RunStarted start)
    {
        if (started)
            return; // a break, or the run was continued: the rounds tell what is new
        starting = start;
        earlier.Clear();
        if (start.CompletedRounds == 0)
            BeginWithWhatIsKnown();
    }

    private void AddRound(RoundRecord record)
    {
        if (record.Round <= lastRound)
            return;
        lastRound = record.Round;
        if (starting is null)
        {
            progress.RoundCompleted(record);
            return;
        }

        earlier.Add(record);
        if (record.Round >= starting.CompletedRounds)
            BeginWithWhatIsKnown();
    }

    private void Finish(RunSummary summary, bool interrupted)
    {
        progress.RunFinished(summary, interrupted);
        if (!interrupted)
            Summary = summary;
    }

    private void BeginWithWhatIsKnown()
    {
        if (starting is not { } start)
            return;
        starting = null;
        started = true;
        ExperimentSpec experiment = Experiment(start.Experiment);
        progress.EarlierRounds([.. earlier]);
        earlier.Clear();
        progress.RunStarted(experiment, start.Folder, Number(start.Workers), Math.Max(0, lastRound));
    }

    private ExperimentSpec Experiment(string text)
    {
        try
        {
            return read(text);
        }
        catch (ExperimentFileException problem)
        {
            throw new RunEventException($"The experiment of this run cannot be read here ({problem.Message}); the coordinator is probably of another release: use the same one.", problem);
        }
    }

    private void ChangeState(RunInfo state)
    {
        switch (state.Status)
        {
            case RunStatus.Queued:
                progress.Notice($"{state.Run} is queued: it begins when the runs before it are over");
                break;
            case RunStatus.Failed or RunStatus.Stopped or RunStatus.Finished:
                Outcome = state;
                break;
        }
    }

    private static int Number(uint value) =>
        value <= int.MaxValue ? (int)value : throw new RunEventException($"The coordinator told of {value} where a small number is due; it is probably of another release: use the same one.");

    private static T Parse<T>(string text, string what, Func<string, T?> parse)
        where T : class
    {
        try
        {
            return parse(text) ?? throw new RunEventException($"The coordinator told of {what} that holds nothing; it is probably of another release: use the same one.");
        }
        catch (JsonException problem)
        {
            throw new RunEventException($"The coordinator told of {what} that cannot be read ({problem.Message}); it is probably of another release: use the same one.", problem);
        }
    }
}
