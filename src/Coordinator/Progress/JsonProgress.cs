using System.Collections.Immutable;
using System.Text.Json;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.Progress;

/// <summary>For programs: the record of every round as one line of JSON, the summary as the last line.</summary>
internal sealed class JsonProgress(TextWriter output) : IRunProgress
{
    public void EarlierRounds(ImmutableArray<RoundRecord> rounds)
    {
        foreach (RoundRecord record in rounds)
            RoundCompleted(record);
    }

    public void Notice(string text)
    {
    }

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
    }

    public void StepStarted(string description)
    {
    }

    public void PhaseStarted(int round, string phase, int clients)
    {
    }

    public void ClientProgress(int client, int done, int total)
    {
    }

    public void ClientFinished(int client)
    {
    }

    public void RoundCompleted(RoundRecord record) => Write(JsonSerializer.Serialize(record, RunJson.Default.RoundRecord));

    public void RunFinished(RunSummary summary, bool interrupted) => Write(JsonSerializer.Serialize(summary, RunJson.Default.RunSummary));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Write(string line)
    {
        output.Write(line + "\n");
        output.Flush();
    }
}
