using Federated.Coordinator.Progress;
using Federated.Methods.Pretraining;

namespace Federated.Coordinator.Pretraining;

/// <summary>For pipes and logs: one line for every epoch and step beside them, without control characters.</summary>
internal sealed class PretrainPlainProgress(TextWriter output, TimeProvider time) : IPretrainProgress
{
    private PretrainStart? start;
    private long began;

    public void Started(PretrainStart start, IReadOnlyList<PretrainEpoch> earlier)
    {
        this.start = start;
        Write(PretrainTexts.Title(start));
        Write(PretrainTexts.Budget(start));
        foreach (PretrainEpoch record in earlier)
            Write(PretrainTexts.Epoch(record, start.Spec.Training.Epochs));
        began = time.GetTimestamp();
    }

    public void Stepped(int epoch, int steps)
    {
    }

    public void StepStarted(string description) => Write(description);

    public void EpochCompleted(PretrainEpoch record)
    {
        int epochs = start!.Spec.Training.Epochs;
        long steps = (long)record.Epoch * start.StepsPerEpoch;
        double left = time.GetElapsedTime(began).TotalSeconds / (steps - start.StepsDone) * (((long)epochs * start.StepsPerEpoch) - steps);
        Write(PretrainTexts.Epoch(record, epochs) + (record.Epoch < epochs ? $", about {ProgressView.Clock(left)} left" : ""));
    }

    public void Finished(PretrainSummary summary) => Write(PretrainTexts.Closing(summary));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Write(string line)
    {
        output.Write(ProgressView.WithoutControls(line) + "\n");
        output.Flush();
    }
}
