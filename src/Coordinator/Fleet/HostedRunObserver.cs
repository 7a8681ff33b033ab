using Federated.Coordinator.Grains;
using Federated.Coordinator.Progress;
using Federated.Coordinator.Reports;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.Fleet;

/// <summary>Tells what a submitted run does: its watchers everything, the coordinator's log a line a round, its grain the rounds that are complete.</summary>
internal sealed class HostedRunObserver(string run, RunEventHub hub, IExperimentGrain grain, FleetNotices notices) : IRunObserver
{
    private readonly RunEventObserver watchers = new(hub);
    private RunProgressReport progress = new(0, null, 0, 0);
    private Task saved = Task.CompletedTask;

    /// <summary>Ends when the grain knows of every round; with its failure, if it failed.</summary>
    public Task SavedAsync() => saved;

    /// <summary>Something that who watches the run should know.</summary>
    public void Notice(string text) => watchers.Notice(text);

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
        notices.Log(completedRounds > 0 ? $"run {run} continues after round {completedRounds}" : $"run {run} begins: {experiment.Method.Name}, {experiment.Rounds} rounds");
        using (RunFolder opened = RunFolder.Open(folder))
        {
            foreach (RoundRecord record in opened.ReadRounds())
                progress = After(record);
        }

        watchers.RunStarted(experiment, folder, workers, completedRounds);
    }

    public void StepStarted(string description) => watchers.StepStarted(description);

    public void PhaseStarted(int round, string phase, int clients) => watchers.PhaseStarted(round, phase, clients);

    public void ClientProgress(int client, int done, int total) => watchers.ClientProgress(client, done, total);

    public void ClientFinished(int client) => watchers.ClientFinished(client);

    public void RoundCompleted(RoundRecord record)
    {
        progress = After(record);
        saved = SaveAsync(saved, progress);
        watchers.RoundCompleted(record);
        notices.Log($"run {run}: round {record.Round}{(record.Accuracy is { } accuracy ? $", accuracy {Quantity.Percent(accuracy)}" : "")}, {record.WallSeconds:0.#} s");
    }

    public void RunFinished(RunSummary summary, bool interrupted)
    {
        watchers.RunFinished(summary, interrupted);
        notices.Log(interrupted ? $"run {run} stopped after round {summary.Rounds}" : $"run {run} finished: accuracy {Quantity.Percent(summary.FinalAccuracy)}, model {summary.ModelSha256[..12]}…");
    }

    private RunProgressReport After(RoundRecord record) =>
        new(record.Round, record.Accuracy ?? progress.Accuracy, progress.BytesUp + record.BytesUp, progress.BytesDown + record.BytesDown);

    private async Task SaveAsync(Task before, RunProgressReport report)
    {
        await before;
        await grain.RoundCompletedAsync(report);
    }
}
