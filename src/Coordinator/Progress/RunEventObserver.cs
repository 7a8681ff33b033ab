using System.Text.Json;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Progress;

/// <summary>Tells the watchers of a run, over a hub, what the run does. <see cref="RunEventReplay"/> is the other end.</summary>
/// <param name="hub">Passes the events on.</param>
public sealed class RunEventObserver(RunEventHub hub) : IRunObserver
{
    /// <inheritdoc/>
    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        hub.Publish(new RunEvent
        {
            Started = new RunStarted
            {
                Experiment = ExperimentWriter.ToYaml(experiment), Folder = folder, Workers = (uint)workers, CompletedRounds = (uint)completedRounds,
            },
        });
        foreach (RoundRecord record in RunFolder.EarlierRounds(folder))
            Publish(record);
    }

    /// <inheritdoc/>
    public void StepStarted(string description) => hub.Publish(new RunEvent { Step = new StepStarted { Description = description } });

    /// <inheritdoc/>
    public void PhaseStarted(int round, string phase, int clients) =>
        hub.Publish(new RunEvent { Phase = new PhaseStarted { Round = (uint)round, Phase = phase, Clients = (uint)clients } });

    /// <inheritdoc/>
    public void ClientProgress(int client, int done, int total)
    {
        if (hub.IsWatched) // nobody asks later for the steps of a moment
            hub.Publish(new RunEvent { Client = new ClientSteps { Client = (uint)client, StepsDone = (uint)done, Steps = (uint)total } });
    }

    /// <inheritdoc/>
    public void ClientFinished(int client) => hub.Publish(new RunEvent { ClientFinished = new ClientFinished { Clients = { (uint)client } } });

    /// <inheritdoc/>
    public void RoundCompleted(RoundRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        Publish(record);
    }

    /// <inheritdoc/>
    public void RunFinished(RunSummary summary, bool interrupted)
    {
        ArgumentNullException.ThrowIfNull(summary);
        hub.Publish(Finished(summary, interrupted));
    }

    /// <summary>Something that a person should know.</summary>
    public void Notice(string text) => hub.Publish(new RunEvent { Notice = new Notice { Text = text } });

    /// <summary>Tells what a run folder holds, as if it had just happened: for who asks about a run that is over, or that waits to be continued.</summary>
    /// <param name="experiment">The experiment of the folder.</param>
    /// <param name="folder">The folder, opened in any way.</param>
    /// <exception cref="RunFolderException">A file of the folder is corrupt.</exception>
    public void Tell(ExperimentSpec experiment, RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        RunStarted(experiment, folder.Path, workers: 0, folder.CompletedRounds);
        if (folder.ReadSummary() is { } summary)
            hub.Publish(Finished(summary, summary.Rounds < summary.RoundsPlanned));
    }

    private static RunEvent Finished(RunSummary summary, bool interrupted) =>
        new() { Finished = new RunFinished { Summary = JsonSerializer.Serialize(summary, RunJson.Default.RunSummary), Interrupted = interrupted } };

    private void Publish(RoundRecord record) =>
        hub.PublishRound(record.Round, new RunEvent { Round = new RoundCompleted { Record = JsonSerializer.Serialize(record, RunJson.Default.RoundRecord) } });
}
