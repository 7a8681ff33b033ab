using Federated.Coordinator.Progress;
using Federated.Coordinator.Reports;
using Federated.Methods.Pretraining;

namespace Federated.Coordinator.Pretraining;

/// <summary>A pre-training in words, the same on a terminal and in a log.</summary>
internal static class PretrainTexts
{
    public static string Title(PretrainStart start) =>
        $"{start.Spec.Name}: {start.Spec.Model.Name} on {start.Spec.Data.Set}, {start.Parameters:N0} parameters";

    public static string Budget(PretrainStart start)
    {
        int epochs = start.Spec.Training.Epochs;
        string done = start.StepsDone > 0 ? $", continues after step {start.StepsDone:N0}" : "";
        return $"{epochs} {(epochs == 1 ? "epoch" : "epochs")} of {start.StepsPerEpoch:N0} steps, {Quantity.Flops(start.Flops)}{done}, about {ProgressView.Clock(start.SecondsLeft)} here with {start.Threads} {(start.Threads == 1 ? "thread" : "threads")}";
    }

    public static string Epoch(PretrainEpoch record, int epochs)
    {
        string test = record.Accuracy is { } accuracy ? $", test accuracy {Quantity.Percent(accuracy)}" : "";
        return $"epoch {record.Epoch}/{epochs}: loss {Quantity.ThreeDigits(record.TrainingLoss)}, training accuracy {Quantity.Percent(record.TrainingAccuracy)}{test}, {ProgressView.Clock(record.WallSeconds)}";
    }

    public static string Closing(PretrainSummary summary)
    {
        string accuracy = summary.Accuracy is { } value ? $", test accuracy {Quantity.Percent(value)}" : "";
        return summary.IsFinished
            ? $"finished: {summary.Path}{accuracy}, {Quantity.Duration(summary.WallSeconds)}"
            : $"interrupted in epoch {summary.Epochs + 1} of {summary.EpochsPlanned} and saved; the same command continues";
    }
}
