namespace Federated.Protocol.Accounting;

/// <summary>
/// The file <c>ledger.csv</c> of a run: the canonical text of its ledger. Every completed round is appended by one write that is flushed to the disk before <see cref="Append"/> returns, and a checkpoint is taken only afterwards.
/// A crash thus damages at most the lines of the round under way, and <see cref="Open"/> cuts those.
/// </summary>
public sealed class LedgerFile : IDisposable
{
    private readonly FileStream stream;
    private long committed;

    private LedgerFile(FileStream stream, Ledger ledger)
    {
        this.stream = stream;
        committed = stream.Position;
        Ledger = ledger;
    }

    /// <summary>The ledger of the rounds in the file; book the next rounds in it.</summary>
    public Ledger Ledger { get; }

    /// <summary>Starts a new file.</summary>
    /// <exception cref="IOException">The file exists or cannot be written.</exception>
    public static LedgerFile Create(string path)
    {
        var stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        stream.Write(LedgerText.Header);
        stream.Flush(flushToDisk: true);
        return new LedgerFile(stream, new Ledger());
    }

    /// <summary>Opens the file of an interrupted run, reads the rounds through <paramref name="lastCompletedRound"/> and cuts what follows them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lastCompletedRound">The round of the checkpoint that the run resumes from, −1 for none. That it is the same run can be checked by <see cref="Accounting.Ledger.Digest"/>.</param>
    /// <exception cref="LedgerException">A line of those rounds is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static LedgerFile Open(string path, int lastCompletedRound)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            var ledger = new Ledger();
            long end = LedgerReader.Read(stream, lastCompletedRound, ledger.Restore);
            stream.SetLength(end);
            stream.Position = end;
            stream.Flush(flushToDisk: true);
            ledger.ResumeAfter(lastCompletedRound);
            return new LedgerFile(stream, ledger);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Appends a completed round and waits until it is on the disk.</summary>
    /// <exception cref="IOException">The disk is full or the file is gone; append the round again, or open the file again, and what was written of it is overwritten or cut.</exception>
    public void Append(LedgerRound completed)
    {
        // After a write that failed half way, the next one starts where that one did.
        stream.Position = committed;
        stream.Write(completed.Text.Span);
        stream.Flush(flushToDisk: true);
        committed = stream.Position;
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}
