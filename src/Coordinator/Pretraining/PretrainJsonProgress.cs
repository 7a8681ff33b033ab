using System.Text.Json;
using Federated.Methods.Pretraining;

namespace Federated.Coordinator.Pretraining;

/// <summary>For programs: the record of every epoch as one line of JSON, the summary as the last line.</summary>
internal sealed class PretrainJsonProgress(TextWriter output) : IPretrainProgress
{
    public void Started(PretrainStart start, IReadOnlyList<PretrainEpoch> earlier)
    {
        foreach (PretrainEpoch record in earlier)
            EpochCompleted(record);
    }

    public void Stepped(int epoch, int steps)
    {
    }

    public void StepStarted(string description)
    {
    }

    public void EpochCompleted(PretrainEpoch record) => Write(JsonSerializer.Serialize(record, PretrainJson.Default.PretrainEpoch));

    public void Finished(PretrainSummary summary) => Write(JsonSerializer.Serialize(summary, PretrainJson.Default.PretrainSummary));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Write(string line)
    {
        output.Write(line + "\n");
        output.Flush();
    }
}
