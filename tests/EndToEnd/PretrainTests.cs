using System.Security.Cryptography;
using System.Text.Json;
using Federated.Engine.Storage;
using Xunit;

namespace Federated.EndToEnd;

/// <summary><c>federated pretrain</c> through the real command line, with a model that trains in seconds.</summary>
public sealed class PretrainTests : IDisposable
{
    private const string Yaml = """
        name: small
        data:
          set: synthetic
          trainSamples: 96
          augmentation: { crop: 2, flip: true }
        model: { name: logistic-regression }
        training:
          epochs: 3
          batchSize: 32
          learningRate: { peak: 0.003 }
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("federated-pretrain").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task It_leaves_a_model_and_a_card_and_is_done_once()
    {
        string model = Path.Combine(folder, "models", "m.safetensors");
        ProcessResult result = await PretrainAsync("--out", model);

        Assert.Contains("3 epochs of 3 steps", result.Output, StringComparison.Ordinal);
        Assert.Contains("FLOP", result.Output, StringComparison.Ordinal);
        Assert.Contains("epoch 3/3", result.Output, StringComparison.Ordinal);
        SafeTensorsFile file = SafeTensorsFile.Read(model);
        Assert.Equal([10, 784], file["fc.weight"].Shape.ToArray());
        Assert.Equal(("pt", "logistic-regression", "synthetic", "1x28x28", "10"), (file.Metadata["format"], file.Metadata["model"], file.Metadata["dataset"], file.Metadata["input"], file.Metadata["classes"]));
        Assert.Contains("epochs: 3", file.Metadata["specification"], StringComparison.Ordinal);
        string card = await File.ReadAllTextAsync(Path.Combine(folder, "models", "m.md"));
        Assert.StartsWith("# small\n", card, StringComparison.Ordinal);
        Assert.Contains(Hash(model), card, StringComparison.Ordinal);
        Assert.Contains("7,850 trainable values", card, StringComparison.Ordinal);

        DateTime written = File.GetLastWriteTimeUtc(model);
        ProcessResult again = await PretrainAsync("--out", model);
        Assert.Contains("finished", again.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("epoch 1/3", again.Output, StringComparison.Ordinal);
        Assert.Equal(written, File.GetLastWriteTimeUtc(model));
    }

    [Fact]
    public async Task Threads_and_vector_width_do_not_change_a_byte()
    {
        string one = Path.Combine(folder, "one.safetensors");
        string two = Path.Combine(folder, "two.safetensors");
        await PretrainAsync("--out", one, "--threads", "1");
        ProcessResult result = await FederatedProcess.RunAsync(
            ["pretrain", Write(), "--out", two, "--threads", "2"], new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_EnableAVX512"] = "0" });
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(Hash(one), Hash(two));
    }

    [Fact]
    public async Task Interrupted_it_saves_in_the_middle_of_an_epoch_and_continues_to_the_same_bytes()
    {
        // So many epochs that the signal arrives before they are over, in whatever epoch; each flushes a state to the disk.
        string[] changes = ["--set", "training.epochs=400", "--set", "evaluation.every=100"];
        string whole = Path.Combine(folder, "whole.safetensors");
        string pieces = Path.Combine(folder, "pieces.safetensors");
        await PretrainAsync(["--out", whole, .. changes]);
        using (FederatedProcess process = FederatedProcess.Start(["pretrain", Write(), "--out", pieces, "--json", .. changes]))
        {
            await process.SeeAsync(line => line.Contains("\"epoch\":2,", StringComparison.Ordinal));
            process.Interrupt();
            ProcessResult result = await process.EndAsync();
            Assert.True(result.ExitCode == 130, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
            Assert.Contains("saved; once more stops at once", result.Error, StringComparison.Ordinal);
            using JsonDocument summary = JsonDocument.Parse(result.Output.TrimEnd().Split('\n')[^1]);
            Assert.InRange(summary.RootElement.GetProperty("epochs").GetInt32(), 2, 399);
        }

        Assert.False(File.Exists(pieces));
        ProcessResult continued = await PretrainAsync(["--out", pieces, .. changes]);
        Assert.Contains("continues after step", continued.Output, StringComparison.Ordinal);
        Assert.Equal(Hash(whole), Hash(pieces));
    }

    [Fact]
    public async Task Killed_it_continues_from_the_last_epoch_to_the_same_bytes()
    {
        string[] changes = ["--set", "training.epochs=400", "--set", "evaluation.every=400"];
        string whole = Path.Combine(folder, "whole.safetensors");
        string pieces = Path.Combine(folder, "pieces.safetensors");
        await PretrainAsync(["--out", whole, .. changes]);
        using (FederatedProcess process = FederatedProcess.Start(["pretrain", Write(), "--out", pieces, "--json", .. changes]))
        {
            await process.SeeAsync(line => line.Contains("\"epoch\":3,", StringComparison.Ordinal));
            process.Kill();
            await process.EndAsync();
        }

        await PretrainAsync(["--out", pieces, .. changes]);
        Assert.Equal(Hash(whole), Hash(pieces));
    }

    [Fact]
    public async Task A_wrong_file_a_wrong_place_and_a_wrong_training_are_named()
    {
        string file = Write();
        await AssertRefusedAsync(2, "training.epoch: `training` has no such key; did you mean 'epochs'?", "pretrain", file, "--set", "training.epoch=1");
        await AssertRefusedAsync(2, "there is no such file; did you mean 'small.yaml'?", "pretrain", file.Replace("small.yaml", "smal.yaml", StringComparison.Ordinal));
        await AssertRefusedAsync(2, "end it with .safetensors", "pretrain", file, "--out", Path.Combine(folder, "model.bin"));
        await AssertRefusedAsync(2, "--threads", "pretrain", file, "--threads", "0");
        await AssertRefusedAsync(1, "the training diverged in epoch 1", "pretrain", file, "--out", Path.Combine(folder, "wild.safetensors"), "--set", "model.name=lenet-5", "--set", "training.optimizer.kind=sgd", "--set", "training.learningRate={peak: 100, warmupEpochs: 0}");

        string other = Path.Combine(folder, "other.safetensors");
        await File.WriteAllTextAsync(other, "not a model");
        await AssertRefusedAsync(2, "is another model; choose another file with --out, or remove it", "pretrain", file, "--out", other);
        Assert.Equal("not a model", await File.ReadAllTextAsync(other));
    }

    [Fact]
    public async Task Another_file_does_not_continue_a_training_that_was_interrupted()
    {
        string model = Path.Combine(folder, "m.safetensors");
        using (FederatedProcess process = FederatedProcess.Start(["pretrain", Write(), "--out", model, "--json", "--set", "training.epochs=1000", "--set", "evaluation.every=1000"]))
        {
            await process.SeeAsync(line => line.Contains("\"epoch\":1,", StringComparison.Ordinal));
            process.Interrupt();
            await process.EndAsync();
        }

        await AssertRefusedAsync(2, "training.epochs: 1000 in the folder, 3 in the experiment", "pretrain", Write(), "--out", model);
    }

    private static async Task AssertRefusedAsync(int exitCode, string message, params string[] arguments)
    {
        ProcessResult result = await FederatedProcess.RunAsync(arguments);
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.StartsWith("federated: ", result.Error, StringComparison.Ordinal);
    }

    private async Task<ProcessResult> PretrainAsync(params string[] options)
    {
        ProcessResult result = await FederatedProcess.RunAsync(["pretrain", Write(), .. options]);
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        return result;
    }

    private string Write()
    {
        string file = Path.Combine(folder, "small.yaml");
        File.WriteAllText(file, Yaml);
        return file;
    }

    private static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
