using Federated.Coordinator.Runs;
using Federated.Engine.Networks;
using Federated.Protocol.Accounting;
using Federated.Protocol.Faults;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// Saves rounds into a run folder: what clients hold on to is there already, then the ledger's lines, the record, and last the checkpoint, which says how much of all counts. A run continues from the newest checkpoint;
/// lines and records that a crash left behind it are cut.
/// </summary>
internal sealed class RunFolderStore : IRoundStore, IDisposable
{
    private readonly RunFolder folder;
    private readonly LedgerFile ledger;

    private RunFolderStore(RunFolder folder, LedgerFile ledger, Checkpoint? checkpoint, ClientStates states)
    {
        this.folder = folder;
        this.ledger = ledger;
        Checkpoint = checkpoint;
        ClientStates = states;
    }

    public Ledger Ledger => ledger.Ledger;

    public ClientStates ClientStates { get; }

    /// <summary>Where the run continues from, or null for a new one.</summary>
    public Checkpoint? Checkpoint { get; }

    /// <exception cref="RunFolderException">A file of the folder does not fit its checkpoint.</exception>
    public static RunFolderStore Open(RunFolder folder, NetworkPlan plan)
    {
        string ledgerPath = folder.PathOf(RunFolder.LedgerFile);
        try
        {
            if (folder.Checkpoints.ReadNewest() is not { } newest)
            {
                // Nothing was ever completed: whatever a crash left of the first round begins anew.
                File.Delete(ledgerPath);
                folder.ClearRounds();
                return new RunFolderStore(folder, LedgerFile.Create(ledgerPath), null, OpenStates(folder, null));
            }

            Checkpoint checkpoint = CheckpointCodec.Decode(newest.Content, plan);
            folder.TruncateRounds(checkpoint.Round);
            LedgerFile ledger = LedgerFile.Open(ledgerPath, checkpoint.Round);
            if (!string.Equals(ledger.Ledger.Digest, checkpoint.LedgerDigest, StringComparison.Ordinal))
            {
                ledger.Dispose();
                throw new RunFolderException(ledgerPath, $"was changed since round {checkpoint.Round} was completed; restore the file, or choose another folder with --out");
            }

            return new RunFolderStore(folder, ledger, checkpoint, OpenStates(folder, checkpoint.States));
        }
        catch (Exception e) when (e is LedgerException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new RunFolderException(folder.Path, $"cannot be continued: {e.Message} Choose another folder with --out", e);
        }
    }

    public async Task SaveRoundAsync(RoundRecord record, LedgerRound ledgerRound, Checkpoint checkpoint, CancellationToken cancel)
    {
        ledger.Append(ledgerRound);
        FaultPoint.Reach(FaultPoints.CoordinatorLedgerWritten);
        await folder.AppendRoundAsync(record, cancel);
        FaultPoint.Reach(FaultPoints.CoordinatorRecordWritten);
        await folder.Checkpoints.SaveAsync(record.Round, CheckpointCodec.Encode(checkpoint), cancel);
        FaultPoint.Reach(FaultPoints.CoordinatorCheckpointWritten);
        ClientStates.Saved();
    }

    public void Dispose()
    {
        ledger.Dispose();
        ClientStates.Dispose();
    }

    private static ClientStates OpenStates(RunFolder folder, ClientStatesMark? mark)
    {
        ClientStateFiles.DeleteAllBut(folder, mark?.Generation);
        var states = new ClientStates(folder.Path, number => ClientStateFiles.Open(folder, number), number => ClientStateFiles.Delete(folder, number));
        try
        {
            if (mark is not null)
                states.Restore(mark);
            return states;
        }
        catch
        {
            states.Dispose();
            throw;
        }
    }
}
