using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Federated.Coordinator.Runs;

/// <summary>
/// The folder of one run. Files: <c>experiment.yaml</c> (the resolved specification), <c>rounds.jsonl</c> (a <see cref="RoundRecord"/> a line),
/// <c>clients.json</c>, <c>ledger.csv</c>, <c>summary.json</c>, <c>model.safetensors</c>, <c>checkpoint/</c>, <c>client-states-N.bin</c> (what clients hold on to),
/// <c>run.log</c>, <c>report.html</c>.
/// A file is replaced whole or appended to whole, so a crash at any moment leaves a folder that opens and continues.
/// </summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>The resolved specification.</summary>
    public const string ExperimentFile = "experiment.yaml";

    /// <summary>One <see cref="RoundRecord"/> a line.</summary>
    public const string RoundsFile = "rounds.jsonl";

    /// <summary>The <see cref="RunSummary"/>.</summary>
    public const string SummaryFile = "summary.json";

    /// <summary>The <see cref="ClientRecord"/>s.</summary>
    public const string ClientsFile = "clients.json";

    /// <summary>Every payload that crossed.</summary>
    public const string LedgerFile = "ledger.csv";

    /// <summary>The global model after the last round.</summary>
    public const string ModelFile = "model.safetensors";

    /// <summary>What the run said.</summary>
    public const string LogFile = "run.log";

    /// <summary>The report for people.</summary>
    public const string ReportFile = "report.html";

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private const int NoRound = -1;
    private readonly DurableFiles files;
    private readonly RunLock? lockHeld;
    private readonly List<string> notices = [];
    private int records;
    private int lastRound = NoRound;

    private RunFolder(string path, string specification, RunLock? @lock, bool continues, DurableFiles files)
    {
        Path = path;
        Specification = specification;
        Continues = continues;
        lockHeld = @lock;
        this.files = files;
        Checkpoints = new CheckpointStore(System.IO.Path.Combine(path, "checkpoint"), files);
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>The resolved specification, as text.</summary>
    public string Specification { get; }

    /// <summary>Whether the folder held this experiment already.</summary>
    public bool Continues { get; }

    /// <summary>Number of the last training round in <c>rounds.jsonl</c>; 0 when there is none.</summary>
    public int CompletedRounds => Math.Max(0, lastRound);

    /// <summary>What was repaired on opening, in sentences for people.</summary>
    public IReadOnlyList<string> Notices => notices;

    /// <summary>The saved states that a run continues from.</summary>
    public CheckpointStore Checkpoints { get; }

    /// <summary>
    /// Takes <paramref name="path"/> for the run of <paramref name="specification"/>, for writing: a new or empty folder begins the run, one that holds the same
    /// experiment continues it. The folder is locked until this object is disposed.
    /// </summary>
    /// <exception cref="RunFolderException">The folder holds another experiment or other files, is in use, cannot be written, or is corrupt.</exception>
    public static Task<RunFolder> CreateAsync(string path, string specification, CancellationToken cancel = default) =>
        CreateAsync(path, specification, DurableFiles.System, cancel);

    /// <inheritdoc cref="CreateAsync(string, string, CancellationToken)"/>
    internal static async Task<RunFolder> CreateAsync(string path, string specification, DurableFiles files, CancellationToken cancel)
    {
        path = System.IO.Path.GetFullPath(path);
        RefuseOtherFiles(path);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new RunFolderException(path, $"cannot be created ({DurableFiles.Cause(failure)}); choose another folder with --out", failure);
        }

        RunLock @lock = RunLock.Take(path);
        try
        {
            string experiment = System.IO.Path.Combine(path, ExperimentFile);
            bool continues = File.Exists(experiment);
            if (continues)
            {
                string difference = SpecificationDifference.Describe(ReadText(experiment), specification);
                if (difference.Length > 0)
                    throw new RunFolderException(path, $"holds another experiment:\n{difference}\nChoose another folder with --out, or remove this one");
            }
            else
            {
                await files.ReplaceAsync(experiment, Encoding.UTF8.GetBytes(specification), cancel);
            }

            RunFolder folder = new(path, specification, @lock, continues, files);
            folder.RepairRounds();
            return folder;
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Opens a folder for reading; it is not locked, and nothing in it changes.</summary>
    /// <exception cref="RunFolderException">There is no run in the folder, or a file of it is corrupt.</exception>
    public static RunFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!Directory.Exists(path))
            throw new RunFolderException(path, "there is no such folder");
        string experiment = System.IO.Path.Combine(path, ExperimentFile);
        if (!File.Exists(experiment))
            throw new RunFolderException(experiment, "is missing, so this is no run folder; pass the folder that `federated run` wrote to");
        RunFolder folder = new(path, ReadText(experiment), @lock: null, continues: true, DurableFiles.System);
        folder.ScanRounds();
        return folder;
    }

    /// <summary>The rounds that the folder at <paramref name="path"/> holds, for who only tells of them; a folder without any, or one that cannot be read, is no reason to stop a run.</summary>
    public static ImmutableArray<RoundRecord> EarlierRounds(string path)
    {
        try
        {
            using RunFolder opened = Open(path);
            return opened.ReadRounds();
        }
        catch (RunFolderException)
        {
            return [];
        }
    }

    /// <summary>Appends the record of the next round and flushes it to the disk.</summary>
    /// <exception cref="ArgumentException">The record does not follow the last one; the first is of round 0 (a preparation) or 1.</exception>
    /// <exception cref="RunFolderException">It could not be written; the records before it stand.</exception>
    public async Task AppendRoundAsync(RoundRecord record, CancellationToken cancel = default)
    {
        if (lastRound == NoRound ? record.Round is not (0 or 1) : record.Round != lastRound + 1)
            throw new ArgumentException($"round {record.Round} does not follow round {lastRound}", nameof(record));
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(record, RunJson.Default.RoundRecord);
        byte[] line = new byte[json.Length + 1];
        json.CopyTo(line, 0);
        line[^1] = (byte)'\n';
        await AppendAsync(RoundsFile, line, cancel);
        records++;
        lastRound = record.Round;
    }

    /// <summary>Drops the records after round <paramref name="round"/>, as a run does that continues from an older checkpoint.</summary>
    /// <exception cref="RunFolderException">There is no record of that round.</exception>
    public void TruncateRounds(int round)
    {
        EnsureWritable();
        ArgumentOutOfRangeException.ThrowIfNegative(round);
        string path = PathOf(RoundsFile);
        RoundsReader.Contents contents = RoundsReader.Read(path);
        int keep = contents.Records.Count(record => record.Round <= round);
        if ((keep == 0 ? 0 : contents.Records[keep - 1].Round) != round)
            throw new RunFolderException(path, $"ends at round {lastRound}, but the checkpoint was taken after round {round}; restore the file or start anew in another folder");
        if (keep == records)
            return;
        DurableFiles.Truncate(path, contents.Ends[keep]);
        records = keep;
        lastRound = keep == 0 ? NoRound : round;
    }

    /// <summary>Drops all records, as a run does that begins anew because nothing of it was ever saved whole.</summary>
    public void ClearRounds()
    {
        EnsureWritable();
        if (File.Exists(PathOf(RoundsFile)))
            DurableFiles.Truncate(PathOf(RoundsFile), 0);
        records = 0;
        lastRound = NoRound;
    }

    /// <summary>The records of all completed rounds.</summary>
    /// <exception cref="RunFolderException">A line is corrupt; the message gives its number.</exception>
    public ImmutableArray<RoundRecord> ReadRounds() => RoundsReader.Read(PathOf(RoundsFile)).Records;

    /// <summary>The summary, or null when the run has not finished.</summary>
    /// <exception cref="RunFolderException">The file is corrupt.</exception>
    public RunSummary? ReadSummary() => File.Exists(PathOf(SummaryFile))
        ? Parse(PathOf(SummaryFile), static text => JsonSerializer.Deserialize(text, RunJson.Default.RunSummary))
        : null;

    /// <summary>The clients; empty when the run was interrupted before they were written.</summary>
    /// <exception cref="RunFolderException">The file is corrupt.</exception>
    public ImmutableArray<ClientRecord> ReadClients() => File.Exists(PathOf(ClientsFile))
        ? Parse(PathOf(ClientsFile), static text => JsonSerializer.Deserialize(text, RunJson.Default.ClientRecordArray)).ToImmutableArray()
        : [];

    /// <summary>Replaces <c>summary.json</c>.</summary>
    public Task WriteSummaryAsync(RunSummary summary, CancellationToken cancel = default) =>
        WriteAsync(SummaryFile, JsonSerializer.SerializeToUtf8Bytes(summary, RunJson.Indented.RunSummary), cancel);

    /// <summary>Replaces <c>clients.json</c>.</summary>
    public Task WriteClientsAsync(ImmutableArray<ClientRecord> clients, CancellationToken cancel = default) =>
        WriteAsync(ClientsFile, JsonSerializer.SerializeToUtf8Bytes([.. clients], RunJson.Default.ClientRecordArray), cancel);

    /// <summary>Replaces the file <paramref name="name"/> as a whole: after a crash it holds the old content or the new.</summary>
    /// <param name="name">A plain name of letters, digits, dots, dashes and underscores; one level of folder is allowed, as in <c>masks/0001.bin</c>.</param>
    /// <param name="content">All bytes of the file.</param>
    /// <param name="cancel">Cancels the write; the old content stays.</param>
    /// <exception cref="RunFolderException">The storage failed; the old content stands.</exception>
    public Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        EnsureWritable();
        string path = PathOf(name);
        string parent = System.IO.Path.GetDirectoryName(path)!;
        if (!Directory.Exists(parent))
            CreateSubfolder(parent);
        return this.files.ReplaceAsync(path, content, cancel);
    }

    /// <summary>Replaces the text file <paramref name="name"/> (UTF-8) as a whole.</summary>
    public Task WriteAsync(string name, string content, CancellationToken cancel = default) => WriteAsync(name, Encoding.UTF8.GetBytes(content), cancel);

    /// <summary>Appends to the file <paramref name="name"/>, all or nothing, and flushes to the disk.</summary>
    /// <returns>The file's new length in bytes: what <see cref="Truncate"/> takes to go back here.</returns>
    public Task<long> AppendAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        EnsureWritable();
        return this.files.AppendAsync(PathOf(name), content, cancel);
    }

    /// <summary>Cuts the file <paramref name="name"/> back to its first <paramref name="length"/> bytes.</summary>
    /// <exception cref="RunFolderException">The file is missing or shorter.</exception>
    public void Truncate(string name, long length)
    {
        EnsureWritable();
        string path = PathOf(name);
        long actual = File.Exists(path) ? new FileInfo(path).Length : 0;
        if (actual < length)
            throw new RunFolderException(path, $"holds {actual} bytes, but the checkpoint was taken when it held {length}; restore the file or start anew in another folder");
        if (actual > length)
            DurableFiles.Truncate(path, length);
    }

    /// <summary>Full path of the file <paramref name="name"/> of this run.</summary>
    /// <exception cref="ArgumentException">The name leads out of the folder.</exception>
    public string PathOf(string name)
    {
        string[] segments = name.Split('/');
        bool plain = segments.Length is 1 or 2 && segments.All(segment => segment.Length > 0 && segment[0] != '.' && !segment.AsSpan().ContainsAnyExcept(NameCharacters));
        return plain
            ? System.IO.Path.Combine([Path, .. segments])
            : throw new ArgumentException($"'{name}' is no plain name of a file in a run folder", nameof(name));
    }

    /// <summary>Releases the folder for other processes.</summary>
    public void Dispose() => lockHeld?.Dispose();

    private static void RefuseOtherFiles(string path)
    {
        if (!Directory.Exists(path) || File.Exists(System.IO.Path.Combine(path, ExperimentFile)))
            return;
        string? other = Directory.EnumerateFileSystemEntries(path)
            .Select(entry => System.IO.Path.GetFileName(entry))
            .Where(name => name is not (RunLock.FileName or ExperimentFile + ".tmp"))
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
        if (other is not null)
            throw new RunFolderException(path, $"is no run folder but holds other files, such as '{other}'; choose a new or empty folder with --out");
    }

    private static string ReadText(string path)
    {
        const long limit = 1 << 20; // a resolved specification is a few kilobytes
        try
        {
            return new FileInfo(path).Length <= limit
                ? File.ReadAllText(path)
                : throw new RunFolderException(path, "is larger than 1 MiB, so it is no experiment");
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new RunFolderException(path, $"could not be read ({DurableFiles.Cause(failure)})", failure);
        }
    }

    private static T Parse<T>(string path, Func<byte[], T?> parse)
    {
        try
        {
            return parse(File.ReadAllBytes(path)) ?? throw new RunFolderException(path, "holds null; the file was changed by hand or by another program");
        }
        catch (JsonException failure)
        {
            throw new RunFolderException(path, $"is corrupt at line {failure.LineNumber + 1} ({failure.Message})", failure);
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new RunFolderException(path, $"could not be read ({DurableFiles.Cause(failure)})", failure);
        }
    }

    private static void CreateSubfolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new RunFolderException(path, $"cannot be created ({DurableFiles.Cause(failure)})", failure);
        }
    }

    private void EnsureWritable()
    {
        if (lockHeld is null)
            throw new InvalidOperationException("the run folder was opened for reading");
    }

    private void ScanRounds()
    {
        RoundsReader.Contents contents = RoundsReader.Read(PathOf(RoundsFile));
        records = contents.Records.Length;
        lastRound = records == 0 ? NoRound : contents.Records[^1].Round;
        if (contents.TruncatedBytes > 0)
            notices.Add($"{RoundsFile}: the last line, after {(records == 0 ? "no round" : $"round {lastRound}")}, was cut off by a crash and is left out ({contents.TruncatedBytes} bytes).");
    }

    private void RepairRounds()
    {
        ScanRounds();
        if (notices.Count > 0)
            DurableFiles.Truncate(PathOf(RoundsFile), RoundsReader.Read(PathOf(RoundsFile)).Ends[records]);
    }
}
