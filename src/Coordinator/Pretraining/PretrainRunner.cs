using System.Security.Cryptography;
using System.Text;
using Federated.Coordinator.Runs;
using Federated.Engine.Storage;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.Pretraining;
using Federated.Methods.Server;

namespace Federated.Coordinator.Pretraining;

/// <summary>What to train and where to put it.</summary>
/// <param name="Spec">The pre-training.</param>
/// <param name="Data">Its data set.</param>
/// <param name="Path">The model's file, <c>….safetensors</c>.</param>
/// <param name="Threads">Threads that share each step; the result does not depend on it.</param>
/// <param name="Progress">Hears what happens.</param>
public sealed record PretrainRequest(PretrainSpec Spec, DataSet Data, string Path, int Threads, IPretrainProgress Progress);

/// <summary>
/// Pre-trains a model, or goes on with it, and writes its file and its card. What it needs to go on is kept in a folder beside the file, see <see cref="PretrainFolder"/>.
/// </summary>
public sealed class PretrainRunner(TimeProvider time)
{
    /// <summary>Trains what is left and writes the model.</summary>
    /// <param name="request">What to train.</param>
    /// <param name="stop">Ends after the step or evaluation under way, saves, and returns a summary of fewer epochs than planned.</param>
    /// <param name="abort">Ends at once; what was saved last stands.</param>
    /// <exception cref="ExperimentException">The pre-training does not fit the data.</exception>
    /// <exception cref="RunFolderException">The file is another model's, or cannot be written.</exception>
    /// <exception cref="TrainingDivergedException">The training diverged.</exception>
    public async Task<PretrainSummary> RunAsync(PretrainRequest request, CancellationToken stop, CancellationToken abort)
    {
        PretrainSpec spec = request.Spec;
        using PretrainFolder folder = await PretrainFolder.TakeAsync(request.Path, Recipe(spec), abort);
        if (folder.ReadFinished() is { } before)
        {
            request.Progress.Finished(before);
            return before;
        }

        using Pretrainer trainer = new(spec, request.Data, request.Threads);
        List<PretrainEpoch> records = [];
        double secondsBefore = 0;
        if (folder.ReadCheckpoint(trainer) is { } saved)
        {
            records.AddRange(saved.Epochs);
            secondsBefore = saved.WallSeconds;
        }

        double estimate = await Task.Run(() => trainer.EstimateSeconds(time), abort);
        request.Progress.Started(
            new PretrainStart(spec, request.Path, request.Threads, trainer.Plan.Parameters.Count, trainer.Samples, trainer.StepsPerEpoch, trainer.Step, trainer.Flops, estimate), records);
        while (trainer.Epochs < spec.Training.Epochs)
        {
            long began = time.GetTimestamp();
            PretrainEpoch? record = await Task.Run(() => TrainEpoch(trainer, request.Progress, stop, abort), CancellationToken.None);
            double seconds = secondsBefore + time.GetElapsedTime(began).TotalSeconds;
            if (record is null)
            {
                await folder.SaveAsync(trainer.Epochs, new PretrainCheckpoint(trainer.Save(), [.. records], seconds), CancellationToken.None);
                PretrainSummary interrupted = Summarize(request, trainer, records, trainer.Model, fileSha256: null);
                request.Progress.Finished(interrupted);
                return interrupted;
            }

            records.Add(record with { WallSeconds = seconds });
            secondsBefore = 0;
            await folder.SaveAsync(trainer.Epochs, new PretrainCheckpoint(trainer.Save(), [.. records], secondsBefore), abort);
            request.Progress.EpochCompleted(records[^1]);
        }

        request.Progress.StepStarted("writing the model");
        GlobalModel model = trainer.Model;
        byte[] file = ModelFile(request, trainer, records, model);
        PretrainSummary summary = Summarize(request, trainer, records, model, Convert.ToHexStringLower(SHA256.HashData(file)));
        await folder.FinishAsync(file, Encoding.UTF8.GetBytes(ModelCard.Write(request, trainer, records, summary)), summary, records, abort);
        request.Progress.Finished(summary);
        return summary;
    }

    /// <summary>The resolved file, without where this machine has the data: the result does not depend on it.</summary>
    internal static string Recipe(PretrainSpec spec) => ExperimentWriter.ToYaml(spec with { Data = spec.Data with { Path = null } });

    private static PretrainEpoch? TrainEpoch(Pretrainer trainer, IPretrainProgress progress, CancellationToken stop, CancellationToken abort)
    {
        int epoch = trainer.Epochs + 1;
        PretrainEpoch? record = trainer.TrainEpoch(stop, steps => progress.Stepped(epoch, steps));
        abort.ThrowIfCancellationRequested();
        if (record is null || !trainer.IsEvaluated(epoch))
            return record;
        // Not stopped in the middle: an epoch is saved with all of its figures.
        Evaluation evaluation = trainer.Evaluate(abort);
        return record with { Accuracy = evaluation.Accuracy, Loss = evaluation.Loss };
    }

    private static PretrainSummary Summarize(PretrainRequest request, Pretrainer trainer, List<PretrainEpoch> records, GlobalModel model, string? fileSha256) => new()
    {
        Path = request.Path,
        Model = request.Spec.Model.Name,
        Dataset = request.Spec.Data.Set,
        Seed = request.Spec.Seed,
        Epochs = trainer.Epochs,
        EpochsPlanned = request.Spec.Training.Epochs,
        Parameters = trainer.Plan.Parameters.Count,
        Accuracy = records.LastOrDefault(static record => record.Accuracy is not null)?.Accuracy,
        Flops = trainer.Flops,
        WallSeconds = records.Sum(static record => record.WallSeconds),
        ModelSha256 = model.Sha256(),
        FileSha256 = fileSha256,
    };

    /// <summary>The bytes of the model's file. Nothing in it depends on the machine or the time: the same file and data give the same bytes.</summary>
    private static byte[] ModelFile(PretrainRequest request, Pretrainer trainer, List<PretrainEpoch> records, GlobalModel model)
    {
        PretrainEpoch last = records[^1];
        Dictionary<string, string> metadata = new(StringComparer.Ordinal)
        {
            ["format"] = "pt",
            ["name"] = request.Spec.Name,
            ["model"] = request.Spec.Model.Name,
            ["dataset"] = request.Spec.Data.Set,
            ["datasetSha256"] = request.Data.Sha256,
            ["input"] = $"{trainer.Input.Channels}x{trainer.Input.Height}x{trainer.Input.Width}",
            ["classes"] = trainer.Input.Classes.ToString(),
            ["mean"] = string.Join(' ', request.Data.Mean),
            ["deviation"] = string.Join(' ', request.Data.Deviation),
            ["testAccuracy"] = last.Accuracy!.Value.ToString("0.####"),
            ["valuesSha256"] = model.Sha256(),
            [PretrainFolder.SpecificationKey] = Recipe(request.Spec),
        };
        using MemoryStream stream = new();
        SafeTensorsFile.Write(stream, ModelTensors.Of(trainer.Plan, model.Values, model.Statistics), metadata);
        return stream.ToArray();
    }
}
