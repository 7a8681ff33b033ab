using System.Text;
using Federated.Coordinator.Runs;
using Xunit;

namespace Federated.Coordinator.Tests.Runs;

public sealed class RunFolderTests
{
    private static readonly SampleRun Sample = new() { Rounds = 4 };

    [Fact]
    public async Task What_is_written_is_read_back()
    {
        using TemporaryFolder temporary = new();
        using (RunFolder folder = await RunFolder.CreateAsync(temporary["run"], Sample.Specification()))
        {
            Assert.False(folder.Continues);
            foreach (RoundRecord record in Sample.Records())
                await folder.AppendRoundAsync(record);
            await folder.WriteClientsAsync(Sample.ClientRecords());
            await folder.WriteSummaryAsync(Sample.Summary());
            await folder.WriteAsync("masks/0001.bin", new byte[] { 1, 2, 3 });
        }

        using RunFolder opened = RunFolder.Open(temporary["run"]);
        Assert.Equal(4, opened.CompletedRounds);
        Assert.Empty(opened.Notices);
        Assert.Equal(Sample.Specification(), opened.Specification);
        Assert.Equal(Sample.Records().Select(Describe), opened.ReadRounds().Select(Describe));
        Assert.Equal(Sample.ClientRecords()[7].ClassCounts.ToArray(), opened.ReadClients()[7].ClassCounts.ToArray());
        Assert.Equal(Sample.Summary().BytesByKind, opened.ReadSummary()!.BytesByKind);
        Assert.Equal(Sample.Summary().LayerNames.ToArray(), opened.ReadSummary()!.LayerNames.ToArray());
        Assert.Equal([1, 2, 3], File.ReadAllBytes(opened.PathOf("masks/0001.bin")));
        Assert.Empty(Directory.EnumerateFiles(temporary["run"], "*.tmp"));
    }

    [Fact]
    public async Task A_round_is_one_line_in_camel_case()
    {
        using TemporaryFolder temporary = new();
        using RunFolder folder = await RunFolder.CreateAsync(temporary.Path, Sample.Specification());
        await folder.AppendRoundAsync(Sample.Records()[0] with { Accuracy = 0.25, Loss = null });
        string line = Assert.Single(File.ReadAllLines(folder.PathOf(RunFolder.RoundsFile)));
        Assert.StartsWith("{\"round\":1,\"accuracy\":0.25,\"trainingLoss\":", line, StringComparison.Ordinal);
        Assert.Contains("\"bytesByKind\":{\"down/batchNormStatistics\":56320,", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_experiment_continues()
    {
        using TemporaryFolder temporary = new();
        using (RunFolder folder = await RunFolder.CreateAsync(temporary.Path, Sample.Specification()))
            await folder.AppendRoundAsync(Sample.Records()[0]);
        using RunFolder again = await RunFolder.CreateAsync(temporary.Path, "# a comment changes nothing\n" + Sample.Specification());
        Assert.True(again.Continues);
        Assert.Equal(1, again.CompletedRounds);
        await again.AppendRoundAsync(Sample.Records()[1]);
        Assert.Equal(2, again.ReadRounds().Length);
    }

    [Fact]
    public async Task Another_experiment_is_refused_and_the_difference_named()
    {
        using TemporaryFolder temporary = new();
        (await RunFolder.CreateAsync(temporary.Path, Sample.Specification())).Dispose();
        string other = Sample.Specification().Replace("momentum: 0.9", "momentum: 0.5", StringComparison.Ordinal)
            .Replace("- profile: board", "- profile: laptop", StringComparison.Ordinal).Replace("    alpha: 0.5\n", "", StringComparison.Ordinal);
        RunFolderException failure = await Assert.ThrowsAsync<RunFolderException>(() => RunFolder.CreateAsync(temporary.Path, other));
        Assert.Contains("holds another experiment", failure.Message, StringComparison.Ordinal);
        Assert.Contains("training.optimizer.momentum: 0.9 in the folder, 0.5 in the experiment", failure.Message, StringComparison.Ordinal);
        Assert.Contains("clients.devices.[1].profile: board in the folder, laptop in the experiment", failure.Message, StringComparison.Ordinal);
        Assert.Contains("clients.partition.alpha: 0.5 in the folder, absent in the experiment", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("seed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_with_other_files_is_refused()
    {
        using TemporaryFolder temporary = new();
        File.WriteAllText(temporary["thesis.tex"], "");
        RunFolderException failure = await Assert.ThrowsAsync<RunFolderException>(() => RunFolder.CreateAsync(temporary.Path, "name: x\n"));
        Assert.Contains("thesis.tex", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["thesis.tex"], Directory.EnumerateFileSystemEntries(temporary.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_folder_below_a_file_is_refused_with_the_cause()
    {
        using TemporaryFolder temporary = new();
        File.WriteAllText(temporary["file"], "");
        RunFolderException failure = await Assert.ThrowsAsync<RunFolderException>(() => RunFolder.CreateAsync(temporary["file/run"], "name: x\n"));
        Assert.Contains("cannot be created", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_user_is_refused_until_the_first_is_done()
    {
        using TemporaryFolder temporary = new();
        using (await RunFolder.CreateAsync(temporary.Path, Sample.Specification()))
        {
            RunFolderException failure = await Assert.ThrowsAsync<RunFolderException>(() => RunFolder.CreateAsync(temporary.Path, Sample.Specification()));
            Assert.True(failure.Message.Contains("in use by process", StringComparison.Ordinal) || failure.Message.Contains("cannot be locked", StringComparison.Ordinal), failure.Message);
            using RunFolder reader = RunFolder.Open(temporary.Path);
            await Assert.ThrowsAsync<InvalidOperationException>(() => reader.WriteAsync("note.txt", "x"));
        }

        (await RunFolder.CreateAsync(temporary.Path, Sample.Specification())).Dispose();
    }

    [Fact]
    public void Open_names_what_is_missing()
    {
        using TemporaryFolder temporary = new();
        Assert.Contains("no such folder", Assert.Throws<RunFolderException>(() => RunFolder.Open(temporary["none"])).Message, StringComparison.Ordinal);
        RunFolderException failure = Assert.Throws<RunFolderException>(() => RunFolder.Open(temporary.Path));
        Assert.EndsWith(RunFolder.ExperimentFile, failure.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_cut_off_by_a_crash_is_dropped_and_said()
    {
        using TemporaryFolder temporary = new();
        (await Written(temporary, rounds: 3)).Dispose();
        string path = temporary[RunFolder.RoundsFile];
        byte[] whole = File.ReadAllBytes(path);
        for (int cut = 1; cut < 40; cut++)
        {
            File.WriteAllBytes(path, whole[..^cut]);
            using RunFolder folder = await RunFolder.CreateAsync(temporary.Path, Sample.Specification());
            Assert.Equal(2, folder.CompletedRounds);
            Assert.Contains("after round 2", Assert.Single(folder.Notices), StringComparison.Ordinal);
            await folder.AppendRoundAsync(Sample.Records()[2]);
            Assert.Equal(whole, File.ReadAllBytes(path));
        }
    }

    [Theory]
    [InlineData("{\"round\":2,", "line 2 is corrupt")]
    [InlineData("{}", "line 2 is corrupt")]
    [InlineData("null", "line 2 is corrupt")]
    [InlineData("", "line 2 is corrupt")]
    [InlineData("ROUND-1", "it is of round 1, but round 2 is due")]
    [InlineData("DENSITY", "outside 0 to 1")]
    [InlineData("NEGATIVE", "a count is negative")]
    public async Task A_corrupt_line_is_named_with_its_number(string line, string expected)
    {
        using TemporaryFolder temporary = new();
        (await Written(temporary, rounds: 3)).Dispose();
        string path = temporary[RunFolder.RoundsFile];
        string[] lines = File.ReadAllLines(path);
        lines[1] = line switch
        {
            "ROUND-1" => lines[0],
            "DENSITY" => lines[1].Replace("\"density\":0.05", "\"density\":1.05", StringComparison.Ordinal),
            "NEGATIVE" => lines[1].Replace("\"bytesUp\":", "\"bytesUp\":-", StringComparison.Ordinal),
            _ => line,
        };
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        RunFolderException failure = Assert.Throws<RunFolderException>(() => RunFolder.Open(temporary.Path));
        Assert.Equal(path, failure.File);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_corrupt_summary_is_named()
    {
        using TemporaryFolder temporary = new();
        using RunFolder folder = await Written(temporary, rounds: 1);
        Assert.Null(folder.ReadSummary());
        Assert.Empty(folder.ReadClients());
        await folder.WriteAsync(RunFolder.SummaryFile, "{ \"name\": 3 }");
        await folder.WriteAsync(RunFolder.ClientsFile, "[");
        Assert.Contains("summary.json: is corrupt at line 1", Assert.Throws<RunFolderException>(() => folder.ReadSummary()).Message, StringComparison.Ordinal);
        Assert.Contains("clients.json: is corrupt", Assert.Throws<RunFolderException>(() => folder.ReadClients()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Truncating_keeps_the_first_rounds()
    {
        using TemporaryFolder temporary = new();
        using RunFolder folder = await Written(temporary, rounds: 4);
        folder.TruncateRounds(2);
        Assert.Equal([1, 2], folder.ReadRounds().Select(record => record.Round));
        await folder.AppendRoundAsync(Sample.Records()[2]);
        Assert.Equal(3, folder.CompletedRounds);
        Assert.Contains("was taken after round 9", Assert.Throws<RunFolderException>(() => folder.TruncateRounds(9)).Message, StringComparison.Ordinal);
        folder.TruncateRounds(0);
        Assert.Empty(folder.ReadRounds());
    }

    [Fact]
    public async Task A_folder_whose_records_were_all_dropped_begins_with_the_first()
    {
        using TemporaryFolder temporary = new();
        using RunFolder folder = await Written(temporary, rounds: 1);
        folder.ClearRounds();
        Assert.Empty(folder.ReadRounds());
        await folder.AppendRoundAsync(Sample.Records()[0]);
        Assert.Equal(1, folder.CompletedRounds);
    }

    [Fact]
    public async Task A_round_out_of_turn_is_refused()
    {
        using TemporaryFolder temporary = new();
        using RunFolder folder = await Written(temporary, rounds: 1);
        await Assert.ThrowsAsync<ArgumentException>(() => folder.AppendRoundAsync(Sample.Records()[2]));
        Assert.Equal(1, folder.CompletedRounds);
    }

    [Fact]
    public async Task A_full_disk_leaves_every_earlier_file_intact()
    {
        using TemporaryFolder temporary = new();
        FailingStorage storage = new(room: long.MaxValue);
        using RunFolder folder = await RunFolder.CreateAsync(temporary.Path, Sample.Specification(), storage.Files, CancellationToken.None);
        await folder.AppendRoundAsync(Sample.Records()[0]);
        await folder.WriteAsync(RunFolder.ModelFile, "the first model");
        await folder.Checkpoints.SaveAsync(1, Encoding.UTF8.GetBytes("state 1"));
        byte[] rounds = File.ReadAllBytes(folder.PathOf(RunFolder.RoundsFile));

        for (int room = 0; room < 50; room += 7)
        {
            storage.Room = room;
            RunFolderException failure = await Assert.ThrowsAsync<RunFolderException>(() => folder.WriteAsync(RunFolder.ModelFile, new string('x', 100)));
            Assert.Contains("no space left on the device", failure.Message, StringComparison.Ordinal);
            Assert.Contains("the version before it stands", failure.Message, StringComparison.Ordinal);
            storage.Room = room;
            await Assert.ThrowsAsync<RunFolderException>(() => folder.AppendRoundAsync(Sample.Records()[1]));
            storage.Room = room;
            await Assert.ThrowsAsync<RunFolderException>(() => folder.Checkpoints.SaveAsync(2, Encoding.UTF8.GetBytes("state 2")));
        }

        Assert.Equal("the first model", File.ReadAllText(folder.PathOf(RunFolder.ModelFile)));
        Assert.Equal(rounds, File.ReadAllBytes(folder.PathOf(RunFolder.RoundsFile)));
        Assert.Equal((1, "state 1"), Text(folder.Checkpoints.ReadNewest()));
        Assert.Empty(Directory.EnumerateFiles(temporary.Path, "*.tmp", SearchOption.AllDirectories));

        storage.Room = long.MaxValue;
        await folder.AppendRoundAsync(Sample.Records()[1]);
        Assert.Equal(2, folder.ReadRounds().Length);
    }

    [Fact]
    public async Task A_storage_that_may_not_be_written_is_named()
    {
        using TemporaryFolder temporary = new();
        DurableFiles forbidden = new((path, _) => throw new UnauthorizedAccessException($"Access to the path '{path}' is denied."));
        RunFolderException failure = await Assert.ThrowsAsync<RunFolderException>(() => RunFolder.CreateAsync(temporary.Path, "name: x\n", forbidden, CancellationToken.None));
        Assert.Contains("experiment.yaml: could not be written (Access to the path", failure.Message, StringComparison.Ordinal);
        (await RunFolder.CreateAsync(temporary.Path, "name: x\n")).Dispose();
    }

    [Fact]
    public async Task Appending_returns_the_length_to_go_back_to()
    {
        using TemporaryFolder temporary = new();
        using RunFolder folder = await Written(temporary, rounds: 1);
        Assert.Equal(5, await folder.AppendAsync(RunFolder.LedgerFile, "head\n"u8.ToArray()));
        Assert.Equal(9, await folder.AppendAsync(RunFolder.LedgerFile, "row\n"u8.ToArray()));
        folder.Truncate(RunFolder.LedgerFile, 5);
        Assert.Equal("head\n", File.ReadAllText(folder.PathOf(RunFolder.LedgerFile)));
        Assert.Contains("holds 5 bytes", Assert.Throws<RunFolderException>(() => folder.Truncate(RunFolder.LedgerFile, 9)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/passwd")]
    [InlineData("a/b/c")]
    [InlineData("a//b")]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("a\\b")]
    public async Task A_name_that_leads_out_of_the_folder_is_refused(string name)
    {
        using TemporaryFolder temporary = new();
        using RunFolder folder = await Written(temporary, rounds: 0);
        Assert.Throws<ArgumentException>(() => folder.PathOf(name));
    }

    [Fact]
    public async Task The_newest_complete_checkpoint_counts()
    {
        using TemporaryFolder temporary = new();
        using RunFolder folder = await Written(temporary, rounds: 0);
        Assert.Null(folder.Checkpoints.ReadNewest());
        await folder.Checkpoints.SaveAsync(9, Encoding.UTF8.GetBytes("nine"));
        string nine = Assert.Single(Directory.GetFiles(temporary["checkpoint"]));
        byte[] kept = File.ReadAllBytes(nine);
        await folder.Checkpoints.SaveAsync(10, Encoding.UTF8.GetBytes("ten"));
        string ten = Assert.Single(Directory.GetFiles(temporary["checkpoint"]));
        Assert.Equal((10, "ten"), Text(folder.Checkpoints.ReadNewest()));

        File.WriteAllBytes(nine, kept);
        byte[] damaged = File.ReadAllBytes(ten);
        damaged[^1] ^= 1;
        File.WriteAllBytes(ten, damaged);
        Assert.Equal((9, "nine"), Text(folder.Checkpoints.ReadNewest()));

        File.Delete(nine);
        Assert.Contains("its hash does not match", Assert.Throws<RunFolderException>(() => folder.Checkpoints.ReadNewest()).Message, StringComparison.Ordinal);
        for (int length = 0; length < damaged.Length; length++)
        {
            File.WriteAllBytes(ten, damaged[..length]);
            Assert.Throws<RunFolderException>(() => folder.Checkpoints.ReadNewest());
        }

        folder.Checkpoints.Clear();
        Assert.Null(folder.Checkpoints.ReadNewest());
    }

    private static async Task<RunFolder> Written(TemporaryFolder temporary, int rounds)
    {
        RunFolder folder = await RunFolder.CreateAsync(temporary.Path, Sample.Specification());
        foreach (RoundRecord record in Sample.Records().Take(rounds))
            await folder.AppendRoundAsync(record);
        return folder;
    }

    private static (int, string)? Text((int Round, byte[] Content)? saved) => saved is { } value ? (value.Round, Encoding.UTF8.GetString(value.Content)) : null;

    private static string Describe(RoundRecord record) =>
        $"{record with { LayerDensities = [], BytesByKind = record.BytesByKind.Clear() }} {string.Join(' ', record.LayerDensities)} {string.Join(' ', record.BytesByKind)}";
}
