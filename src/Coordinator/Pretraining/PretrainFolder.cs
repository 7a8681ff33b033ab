using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Federated.Coordinator.Runs;
using Federated.Engine.Storage;
using Federated.Methods.Pretraining;

namespace Federated.Coordinator.Pretraining;

/// <summary>
/// Where a pre-training keeps what it writes: the model's file <c>NAME.safetensors</c>, its card <c>NAME.md</c> and the folder <c>NAME.training</c> with <c>pretraining.yaml</c> (the resolved
/// file), <c>checkpoint/</c> while it is under way, and when it is finished <c>epochs.jsonl</c> and <c>summary.json</c>. Files are replaced whole. The folder is locked until this object is disposed.
/// </summary>
internal sealed class PretrainFolder : IDisposable
{
    /// <summary>Key of the resolved file in the model's metadata.</summary>
    public const string SpecificationKey = "specification";

    private const string Extension = ".safetensors";
    private const string SpecificationFile = "pretraining.yaml";
    private const string SummaryFile = "summary.json";
    private const string EpochsFile = "epochs.jsonl";

    private readonly string model;
    private readonly string folder;
    private readonly RunLock held;
    private readonly CheckpointStore checkpoints;

    private PretrainFolder(string model, string folder, RunLock held)
    {
        this.model = model;
        this.folder = folder;
        this.held = held;
        checkpoints = new CheckpointStore(Path.Combine(folder, "checkpoint"), DurableFiles.System);
    }

    /// <summary>Takes the places around <paramref name="path"/> for a pre-training that begins or goes on.</summary>
    /// <exception cref="RunFolderException">Another training or another model is there, the place is in use, or it cannot be written.</exception>
    public static async Task<PretrainFolder> TakeAsync(string path, string specification, CancellationToken cancel)
    {
        if (!path.EndsWith(Extension, StringComparison.Ordinal) || Path.GetFileName(path).Length == Extension.Length)
            throw new RunFolderException(path, $"is no name for a model; end it with {Extension}");
        string model = Path.GetFullPath(path);
        string folder = Beside(model, ".training");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new RunFolderException(folder, $"cannot be created ({DurableFiles.Cause(failure)}); choose another file with --out", failure);
        }

        RunLock held = RunLock.Take(folder);
        try
        {
            RefuseOtherModel(model, specification);
            string file = Path.Combine(folder, SpecificationFile);
            string difference = File.Exists(file) ? SpecificationDifference.Describe(await File.ReadAllTextAsync(file, cancel), specification) : "";
            if (difference.Length > 0)
                throw new RunFolderException(folder, $"holds another pre-training:\n{difference}\nChoose another file with --out, or remove this folder");
            await DurableFiles.System.ReplaceAsync(file, Encoding.UTF8.GetBytes(specification), cancel);
            return new PretrainFolder(model, folder, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What a finished pre-training came to, when its file is still there as it was written; otherwise null.</summary>
    public PretrainSummary? ReadFinished()
    {
        string path = Path.Combine(folder, SummaryFile);
        if (!File.Exists(path) || !File.Exists(model))
            return null;
        PretrainSummary? summary;
        try
        {
            summary = JsonSerializer.Deserialize(File.ReadAllBytes(path), PretrainJson.Default.PretrainSummary);
        }
        catch (JsonException)
        {
            return null; // the training is done again, and the file written anew
        }

        return summary is not null && string.Equals(summary.FileSha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(model))), StringComparison.Ordinal) ? summary : null;
    }

    /// <summary>The newest saved state, put into the trainer; null when there is none.</summary>
    /// <exception cref="RunFolderException">There is one, and it is not of this training.</exception>
    public PretrainCheckpoint? ReadCheckpoint(Pretrainer trainer)
    {
        if (checkpoints.ReadNewest() is not { } newest)
            return null;
        try
        {
            PretrainCheckpoint checkpoint = PretrainCheckpoint.Decode(newest.Content);
            trainer.Restore(checkpoint.State);
            return checkpoint;
        }
        catch (Exception failure) when (failure is InvalidDataException or ArgumentException)
        {
            throw new RunFolderException(folder, $"holds a state that does not fit ({failure.Message}); remove the folder to start anew", failure);
        }
    }

    /// <summary>Saves a state.</summary>
    /// <exception cref="RunFolderException">The storage failed; the state before stands.</exception>
    public Task SaveAsync(int epochs, PretrainCheckpoint checkpoint, CancellationToken cancel) => checkpoints.SaveAsync(epochs, checkpoint.Encode(), cancel);

    /// <summary>Writes the model, its card and the figures, and drops the saved states.</summary>
    /// <exception cref="RunFolderException">The storage failed; the next attempt writes them again.</exception>
    public async Task FinishAsync(byte[] file, byte[] card, PretrainSummary summary, IReadOnlyList<PretrainEpoch> epochs, CancellationToken cancel)
    {
        string lines = string.Concat(epochs.Select(static record => JsonSerializer.Serialize(record, PretrainJson.Default.PretrainEpoch) + "\n"));
        await DurableFiles.System.ReplaceAsync(Path.Combine(folder, EpochsFile), Encoding.UTF8.GetBytes(lines), cancel);
        await DurableFiles.System.ReplaceAsync(model, file, cancel);
        await DurableFiles.System.ReplaceAsync(Beside(model, ".md"), card, cancel);
        await DurableFiles.System.ReplaceAsync(Path.Combine(folder, SummaryFile), JsonSerializer.SerializeToUtf8Bytes(summary, PretrainJson.Default.PretrainSummary), cancel);
        checkpoints.Clear();
    }

    /// <summary>Lets others have the place.</summary>
    public void Dispose() => held.Dispose();

    private static string Beside(string model, string extension) => model[..^Extension.Length] + extension;

    /// <summary>A file that is there already must be what this training writes: nobody's model is overwritten by another.</summary>
    private static void RefuseOtherModel(string model, string specification)
    {
        if (!File.Exists(model))
            return;
        string? other;
        try
        {
            other = SafeTensorsFile.Read(model).Metadata.GetValueOrDefault(SpecificationKey);
        }
        catch (SafeTensorsException)
        {
            other = null;
        }

        if (!string.Equals(other, specification, StringComparison.Ordinal))
            throw new RunFolderException(model, "is another model; choose another file with --out, or remove it");
    }
}
