using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// What clients hold on to between tasks. States lie in a file; memory has their places only. A task sees the states as they were when its phase began, however far others of its phase are; states of a
/// round count when its checkpoint, which has the mark that <see cref="Commit"/> gives, is on the disk. A file in which more than half is outdated is written anew under the next number, and
/// the old one deleted when the checkpoint that names the new one is on the disk. Safe for several threads.
/// </summary>
/// <param name="place">Where the files are, for messages.</param>
/// <param name="open">Opens the file of a number for reading and writing; made when it is not there.</param>
/// <param name="delete">Deletes the file of a number.</param>
internal sealed class ClientStates(string place, Func<int, Stream> open, Action<int> delete) : IDisposable
{
    // Below this a file is not worth writing anew.
    private const long SmallFile = 1 << 20;

    private readonly Lock gate = new();
    private readonly Dictionary<int, (long Offset, int Length)> committed = [];
    private readonly Dictionary<int, (long Offset, int Length)> ofRound = [];
    private readonly Dictionary<int, (long Offset, int Length)> ofPhase = [];
    private ClientStateLog? log;
    private ClientStateLog? outdated;

    /// <summary>States in memory, for runs that are not saved.</summary>
    public static ClientStates InMemory() => new("memory", static _ => new MemoryStream(), static _ => { });

    /// <summary>Continues from where a checkpoint was taken.</summary>
    /// <exception cref="InvalidDataException">The file is not what it was then.</exception>
    public void Restore(ClientStatesMark mark)
    {
        log = new ClientStateLog(mark.Generation, open(mark.Generation));
        foreach ((int client, (long, int) record) in log.Restore(mark))
            committed[client] = record;
    }

    /// <summary>A client's state as it was before the phase under way; empty where it holds nothing.</summary>
    /// <exception cref="RunFolderException">The file was changed, or cannot be read.</exception>
    public ReadOnlyMemory<byte> Read(int client)
    {
        lock (gate)
        {
            if (!ofRound.TryGetValue(client, out (long Offset, int Length) record) && !committed.TryGetValue(client, out record))
                return default;
            try
            {
                return log!.Read(client, record);
            }
            catch (Exception failure) when (IsFailure(failure))
            {
                throw Failed("read", failure);
            }
        }
    }

    /// <summary>Takes a client's state at the end of its task.</summary>
    /// <exception cref="RunFolderException">The storage failed.</exception>
    public void Write(int client, ReadOnlySpan<byte> state)
    {
        lock (gate)
        {
            try
            {
                log ??= new ClientStateLog(1, open(1));
                ofPhase[client] = log.Append(client, state);
            }
            catch (Exception failure) when (IsFailure(failure))
            {
                throw Failed("written", failure);
            }
        }
    }

    /// <summary>All clients of the phase have answered: the next phase sees what they hold on to now.</summary>
    public void CompletePhase()
    {
        lock (gate)
            Move(ofPhase, ofRound);
    }

    /// <summary>Forgets what clients did since the last completed round.</summary>
    public void AbandonRound()
    {
        lock (gate)
        {
            ofPhase.Clear();
            ofRound.Clear();
        }
    }

    /// <summary>The round is complete: brings its states to the disk.</summary>
    /// <returns>What the checkpoint has to remember; null while no client has had a state.</returns>
    /// <exception cref="RunFolderException">The storage failed; the round before stands.</exception>
    public ClientStatesMark? Commit()
    {
        lock (gate)
        {
            if (log is null)
                return null;
            Move(ofRound, committed);
            long live = committed.Values.Sum(static record => ClientStateLog.RecordBytes(record.Length));
            try
            {
                if (log.Length > SmallFile && log.Length > 2 * live)
                    WriteAnew();
                log.Flush();
            }
            catch (Exception failure) when (IsFailure(failure))
            {
                throw Failed("written", failure);
            }

            return log.Mark;
        }
    }

    /// <summary>The checkpoint with the last mark is on the disk.</summary>
    public void Saved()
    {
        lock (gate)
        {
            if (outdated is null)
                return;
            outdated.Dispose();
            delete(outdated.Generation);
            outdated = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        log?.Dispose();
        outdated?.Dispose();
    }

    private static void Move(Dictionary<int, (long, int)> from, Dictionary<int, (long, int)> to)
    {
        foreach ((int client, (long, int) record) in from)
            to[client] = record;
        from.Clear();
    }

    private static bool IsFailure(Exception failure) => failure is InvalidDataException || DurableFiles.IsStorageFailure(failure);

    private RunFolderException Failed(string what, Exception failure) => new(place, $"what clients hold on to could not be {what} ({DurableFiles.Cause(failure)})", failure);

    private void WriteAnew()
    {
        var next = new ClientStateLog(log!.Generation + 1, open(log.Generation + 1));
        foreach (int client in committed.Keys.Order().ToArray())
            committed[client] = next.Append(client, log.Read(client, committed[client]));
        outdated?.Dispose();
        outdated = log;
        log = next;
    }
}
