using Xunit;

namespace Federated.EndToEnd;

/// <summary>What the program says when something is wrong.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Shortest = "name: e\ndata: { set: synthetic }\nmodel: { name: lenet-5 }\nmethod: { name: fedavg }\nrounds: 1\n";

    private readonly string folder = Directory.CreateTempSubdirectory("federated-bad-input").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task An_unknown_key_is_named_with_its_place()
    {
        string file = Write(Shortest + "round: 3\n");

        await AssertRefusedAsync($"{file}:6:1: round: an experiment has no such key; did you mean 'rounds'?", "run", file);
        await AssertRefusedAsync("did you mean 'rounds'?", "plan", file);
    }

    [Fact]
    public async Task A_wrong_override_is_quoted() =>
        await AssertRefusedAsync("--set rounds=x: rounds: expected a whole number", "run", Write(Shortest), "--set", "rounds=x");

    [Fact]
    public async Task A_missing_experiment_file_is_named() =>
        await AssertRefusedAsync("there is no such file; did you mean 'e.yaml'?", "run", Write(Shortest).Replace("e.yaml", "f.yaml", StringComparison.Ordinal));

    [Fact]
    public async Task A_missing_data_set_is_named() =>
        await AssertRefusedAsync(folder, "run", Write(Shortest), "--set", "data.set=cifar-10", "--set", $"data.path={Path.Combine(folder, "none")}");

    [Theory]
    [InlineData("0")]
    [InlineData("2000")]
    [InlineData("many")]
    public async Task A_wrong_number_of_workers_is_refused(string workers) => await AssertRefusedAsync("--workers", "run", Write(Shortest), "--workers", workers);

    [Fact]
    public async Task A_model_that_the_images_do_not_fit_is_refused() =>
        await AssertRefusedAsync("its input of 1×1", "run", Write(Shortest), "--set", "model.name=vgg-11", "--out", Path.Combine(folder, "out"));

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named()
    {
        string file = Write(Shortest);

        await AssertRefusedAsync(file, "run", file, "--out", Path.Combine(file, "below"));
    }

    [Fact]
    public async Task A_folder_with_other_files_is_left_alone()
    {
        string file = Write(Shortest);

        await AssertRefusedAsync("holds other files", "run", file, "--out", folder);
        Assert.Equal([file], Directory.GetFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("report")]
    [InlineData("compare")]
    public async Task A_run_that_is_not_there_is_named(string command) =>
        await AssertRefusedAsync("there is no such folder", command, Path.Combine(folder, "none"), Path.Combine(folder, "neither"));

    [Fact]
    public async Task A_folder_that_is_no_run_is_named() => await AssertRefusedAsync("this is no run folder", "report", folder);

    private string Write(string text)
    {
        string file = Path.Combine(folder, "e.yaml");
        File.WriteAllText(file, text);
        return file;
    }

    private static async Task AssertRefusedAsync(string message, params string[] arguments)
    {
        ProcessResult result = await FederatedProcess.RunAsync(arguments[0] == "report" ? arguments[..2] : arguments);

        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("federated: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n'), line => line.StartsWith("federated: ", StringComparison.Ordinal));
    }
}
