using Federated.Methods.Experiments;

namespace Federated.Coordinator.Runs;

/// <summary>Writes the run's history into <c>run.log</c> and passes every call on to the observer that people watch.</summary>
internal sealed class LoggingObserver(RunFolder folder, IRunObserver next, TimeProvider time) : IRunObserver
{
    public void RunStarted(ExperimentSpec experiment, string folderPath, int workers, int completedRounds)
    {
        Log(completedRounds == 0 ? $"started {experiment.Name}, seed {experiment.Seed}, {workers} workers" : $"continued after round {completedRounds}, {workers} workers");
        foreach (string notice in folder.Notices)
            Log(notice);
        next.RunStarted(experiment, folderPath, workers, completedRounds);
    }

    public void StepStarted(string description)
    {
        Log(description);
        next.StepStarted(description);
    }

    public void PhaseStarted(int round, string phase, int clients)
    {
        Log($"round {round}: {phase} on {clients} clients");
        next.PhaseStarted(round, phase, clients);
    }

    public void ClientProgress(int client, int done, int total) => next.ClientProgress(client, done, total);

    public void ClientFinished(int client) => next.ClientFinished(client);

    public void RoundCompleted(RoundRecord record)
    {
        Log($"round {record.Round}: complete, accuracy {record.Accuracy?.ToString("P2") ?? "not evaluated"}, {record.BytesUp} bytes up, {record.BytesDown} bytes down, {record.WallSeconds:F1} s");
        next.RoundCompleted(record);
    }

    public void RunFinished(RunSummary summary, bool interrupted)
    {
        Log(interrupted ? $"interrupted after round {summary.Rounds}" : $"finished, accuracy {summary.FinalAccuracy:P2}, model {summary.ModelSha256}");
        next.RunFinished(summary, interrupted);
    }

    private void Log(string text)
    {
        // Not flushed to the disk like results are: the log is for people and may lose its last lines in a crash.
        File.AppendAllText(folder.PathOf(RunFolder.LogFile), $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ} {text}\n");
    }
}
