using System.Collections.Immutable;
using Federated.Coordinator.Reports;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.Progress;

/// <summary>For pipes and logs: one line for every round and step, without control characters.</summary>
internal sealed class PlainProgress(TextWriter output, TimeProvider time) : IRunProgress
{
    private readonly ProgressState state = new(time);
    private ImmutableArray<RoundRecord> earlier = [];

    public void EarlierRounds(ImmutableArray<RoundRecord> rounds)
    {
        earlier = rounds;
        state.EarlierRounds(rounds);
    }

    public void Notice(string text) => Write(text);

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
        state.RunStarted(experiment, folder, workers, completedRounds);
        ProgressSnapshot now = state.Snapshot(0);
        string atWork = workers == 0 ? "" : $"; {workers} {(workers == 1 ? "worker" : "workers")}";
        Write($"{now.Title}{atWork}; folder {folder}{(completedRounds > 0 && earlier.IsEmpty ? $"; continues after round {completedRounds}" : "")}");
        long bytes = 0;
        double? best = null;
        foreach (RoundRecord record in earlier)
        {
            bytes += record.BytesUp + record.BytesDown;
            best = record.Accuracy is { } accuracy ? Math.Max(best ?? 0, accuracy) : best;
            WriteRound(record, now.Rounds, best, bytes, left: "");
        }
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
        string left = now.SecondsLeft is { } seconds && record.Round < now.Rounds ? $", about {ProgressView.Clock(seconds)} left" : "";
        WriteRound(record, now.Rounds, now.BestAccuracy, now.BytesUp + now.BytesDown, left);
    }

    public void RunFinished(RunSummary summary, bool interrupted) => Write(ProgressView.Closing(summary, interrupted));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void WriteRound(RoundRecord record, int rounds, double? best, long bytes, string left)
    {
        string accuracy = record.Accuracy is { } value ? $", accuracy {Quantity.Percent(value)} (best {Quantity.Percent(best ?? value)})" : "";
        Write($"round {record.Round}/{rounds}{accuracy}, density {Quantity.Percent(record.Density)}, up {Quantity.Bytes(record.BytesUp)}, down {Quantity.Bytes(record.BytesDown)}, {Quantity.Bytes(bytes)} so far{left}");
    }

    private void Write(string line)
    {
        output.Write(ProgressView.WithoutControls(line) + "\n");
        output.Flush();
    }
}
