using System.Globalization;
using System.Text;
using Federated.Coordinator.Reports;
using Federated.Coordinator.Runs;
using Federated.Methods.Pretraining;

namespace Federated.Coordinator.Pretraining;

/// <summary>The Markdown page beside a pre-trained model: what it is, how it was made, what it can do, and how to tell that it is this one.</summary>
internal static class ModelCard
{
    public static string Write(PretrainRequest request, Pretrainer trainer, IReadOnlyList<PretrainEpoch> epochs, PretrainSummary summary)
    {
        PretrainSpec spec = request.Spec;
        PretrainEpoch last = epochs[^1];
        StringBuilder text = new();
        text.Append($"# {spec.Name}\n\n");
        text.Append($"{spec.Model.Name} with {trainer.Plan.Parameters.Count:N0} trainable values, pre-trained on the {trainer.Samples:N0} training images of {spec.Data.Set} ");
        text.Append($"({trainer.Input.Channels}×{trainer.Input.Height}×{trainer.Input.Width}, {trainer.Input.Classes} classes) by `federated pretrain`. ");
        text.Append(spec.Model.Checkpoint is { } start ? $"It started from the values of {start}.\n\n" : "It started from random values; nothing else was trained on.\n\n");
        text.Append("| | |\n| --- | --- |\n");
        Row(text, "test accuracy", $"{Quantity.Percent(last.Accuracy!.Value)} of {request.Data.Test.Count:N0} images, loss {Quantity.ThreeDigits(last.Loss!.Value)}");
        Row(text, "training accuracy, last epoch", $"{Quantity.Percent(last.TrainingAccuracy)}, loss {Quantity.ThreeDigits(last.TrainingLoss)}");
        Row(text, "epochs", $"{spec.Training.Epochs} of {trainer.StepsPerEpoch:N0} steps of {spec.Training.BatchSize} images");
        Row(text, "operations", Quantity.Flops(summary.Flops));
        Row(text, "time", $"{Quantity.Duration(summary.WallSeconds)} with {request.Threads} {(request.Threads == 1 ? "thread" : "threads")}");
        Row(text, "seed", spec.Seed.ToString());
        Row(text, "input", $"x/255, less mean {Numbers(request.Data.Mean)}, over deviation {Numbers(request.Data.Deviation)}");
        Row(text, "SHA-256 of the file", $"`{summary.FileSha256}`");
        Row(text, "SHA-256 of the values", $"`{summary.ModelSha256}`");
        Row(text, "SHA-256 of the data", $"`{request.Data.Sha256}`");
        Row(text, "made by", $"federated {ExperimentRunner.Version}");
        text.Append("\nThe same recipe, data and program give the same file, to the last bit, on any machine:\n\n```yaml\n").Append(PretrainRunner.Recipe(spec)).Append("```\n\n");
        text.Append("| epoch | learning rate at its end | training loss | training accuracy | test accuracy |\n| ---: | ---: | ---: | ---: | ---: |\n");
        foreach (PretrainEpoch epoch in epochs)
        {
            string accuracy = epoch.Accuracy is { } value ? Quantity.Percent(value) : "";
            text.Append(CultureInfo.InvariantCulture, $"| {epoch.Epoch} | {epoch.LearningRate:g3} | {epoch.TrainingLoss:0.000} | {Quantity.Percent(epoch.TrainingAccuracy)} | {accuracy} |\n");
        }

        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, string value) => text.Append($"| {name} | {value} |\n");

    private static string Numbers(IEnumerable<float> values) => string.Join(", ", values.Select(static value => value.ToString("0.####", CultureInfo.InvariantCulture)));
}
