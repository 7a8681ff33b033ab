using Federated.Coordinator.Reports;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.Progress;

/// <summary>For pipes and logs: one line for every round and step, without control characters.</summary>
internal sealed class PlainProgress(TextWriter output, TimeProvider time) : IRunProgress
{
    private readonly ProgressState state = new(time);

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
        state.RunStarted(experiment, folder, workers, completedRounds);
        ProgressSnapshot now = state.Snapshot(0);
        Write($"{now.Title}; {workers} {(workers == 1 ? "worker" : "workers")}; folder {folder}{(completedRounds > 0 ? $"; continues after round {completedRounds}" : "")}");
    }

    public void StepStarted(string description)
    {
        state.StepStarted(description);
        Write(description);
    }

    public void PhaseStarted(int round, string phase, int clients) => state.PhaseStarted(round, phase, clients);

    public void ClientProgress(int client, int done, int total)
    {
    }

    public void ClientFinished(int client)
    {
    }

    public void RoundCompleted(RoundRecord record)
    {
        state.RoundCompleted(record);
        ProgressSnapshot now = state.Snapshot(0);
        string accuracy = record.Accuracy is { } value ? $", accuracy {Quantity.Percent(value)} (best {Quantity.Percent(now.BestAccuracy ?? value)})" : "";
        string left = now.SecondsLeft is { } seconds && record.Round < now.Rounds ? $", about {ProgressView.Clock(seconds)} left" : "";
        Write($"round {record.Round}/{now.Rounds}{accuracy}, density {Quantity.Percent(record.Density)}, up {Quantity.Bytes(record.BytesUp)}, down {Quantity.Bytes(record.BytesDown)}, {Quantity.Bytes(now.BytesUp + now.BytesDown)} so far{left}");
    }

    public void RunFinished(RunSummary summary, bool interrupted) => Write(ProgressView.Closing(summary, interrupted));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Write(string line)
    {
        output.Write(ProgressView.WithoutControls(line) + "\n");
        output.Flush();
    }
}
