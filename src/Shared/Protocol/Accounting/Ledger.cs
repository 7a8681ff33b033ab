using System.Security.Cryptography;
using Federated.Protocol.Payloads;

namespace Federated.Protocol.Accounting;

/// <summary>
/// Counts every byte that crosses between server and clients, by round, phase, client, direction and kind of part. Booking is safe from several threads;
/// a round's entries come out in one canonical order, whatever the order in which they were booked (see <see cref="LedgerRound"/>).
/// </summary>
public sealed class Ledger
{
    private readonly Lock gate = new();
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<LedgerPhase> phases = [];
    private readonly List<Booking> bookings = [];
    private readonly List<LedgerEntry> entries = [];
    private byte[] text = [];
    private int? openRound;

    /// <summary>A ledger without a completed round.</summary>
    public Ledger()
    {
        hash.AppendData(LedgerText.Header);
    }

    /// <summary>The last completed round, −1 before the first.</summary>
    public int LastCompletedRound { get; private set; } = -1;

    /// <summary>Sums over all completed rounds. Not to be read while a round is completed on another thread.</summary>
    public LedgerTotals Totals { get; } = new();

    /// <summary>SHA-256 of the canonical text of all completed rounds with its header line, in lower-case hexadecimal: the hash of the ledger's file.</summary>
    public string Digest
    {
        get
        {
            lock (gate)
                return Convert.ToHexStringLower(hash.GetCurrentHash());
        }
    }

    /// <summary>Opens a round.</summary>
    /// <exception cref="InvalidOperationException">A round is open, or this one is not after the last completed one.</exception>
    public void BeginRound(int round)
    {
        lock (gate)
        {
            if (openRound is { } open)
                throw new InvalidOperationException($"Round {open} is still open; complete or abandon it before round {round} begins.");
            if (round <= LastCompletedRound)
                throw new InvalidOperationException($"Round {round} cannot begin after round {LastCompletedRound} is completed; open the ledger's file through round {round - 1} to repeat it.");
            openRound = round;
        }
    }

    /// <summary>Begins a phase of the open round, or gives back the phase of that name. The order of the phases is the order in which they begin; begin them one after another.</summary>
    /// <param name="name">1–64 of a–z, 0–9 and '-'.</param>
    /// <exception cref="ArgumentException">The name has other characters or another length.</exception>
    /// <exception cref="InvalidOperationException">No round is open.</exception>
    public LedgerPhase BeginPhase(string name)
    {
        if (!LedgerText.IsPhaseName(name))
            throw new ArgumentException($"A phase is named with 1–{LedgerText.MaximumPhaseCharacters} of a–z, 0–9 and '-', not '{name}'.", nameof(name));
        lock (gate)
        {
            int round = RequireOpen();
            foreach (LedgerPhase phase in phases)
            {
                if (string.Equals(phase.Name, name, StringComparison.Ordinal))
                    return phase;
            }

            var begun = new LedgerPhase(this, round, phases.Count, name);
            phases.Add(begun);
            return begun;
        }
    }

    /// <summary>
    /// Closes the open round and brings its entries into canonical order. They and their text hold until the next round is completed, whose entries take the same memory: a round
    /// of many clients has some hundred kilobytes of them.
    /// </summary>
    /// <exception cref="InvalidOperationException">No round is open.</exception>
    public LedgerRound CompleteRound()
    {
        lock (gate)
        {
            int round = RequireOpen();
            bookings.Sort();
            entries.Clear();
            foreach (Booking booking in bookings)
                entries.Add(new LedgerEntry(round, phases[booking.Phase].Name, booking.Client, booking.Direction, booking.Part, booking.Bytes));
            var completed = new LedgerRound(round, entries, LedgerText.Format(entries, ref text));
            Close();
            Restore(completed);
            return completed;
        }
    }

    /// <summary>Forgets the open round and all that was booked in it, if one is open.</summary>
    public void AbandonRound()
    {
        lock (gate)
            Close();
    }

    /// <summary>Takes in a round that was completed before.</summary>
    internal void Restore(LedgerRound completed)
    {
        lock (gate)
        {
            Totals.Add(completed.Entries);
            hash.AppendData(completed.Text.Span);
            LastCompletedRound = completed.Round;
        }
    }

    /// <summary>Counts the rounds through <paramref name="round"/> as completed, also those in which nothing crossed.</summary>
    internal void ResumeAfter(int round) => LastCompletedRound = round;

    internal void Book(int round, int phase, int client, Direction direction, IReadOnlyList<PartSize> parts)
    {
        lock (gate)
        {
            if (openRound != round)
                throw new InvalidOperationException($"Round {round} is closed; client {client} cannot be booked in it.");
            for (int i = 0; i < parts.Count; i++)
                bookings.Add(new Booking(phase, client, direction, bookings.Count, parts[i].Kind, parts[i].Bytes));
        }
    }

    private int RequireOpen() => openRound ?? throw new InvalidOperationException("No round is open; begin one first.");

    private void Close()
    {
        openRound = null;
        phases.Clear();
        bookings.Clear();
    }

    /// <summary>An entry before it has its place; the sequence number keeps the order of one client's payloads and of their parts.</summary>
    private readonly record struct Booking(int Phase, int Client, Direction Direction, int Sequence, PartKind Part, long Bytes) : IComparable<Booking>
    {
        public int CompareTo(Booking other)
        {
            int order = Phase.CompareTo(other.Phase);
            if (order == 0)
                order = Client.CompareTo(other.Client);
            if (order == 0)
                order = ((int)Direction).CompareTo((int)other.Direction); // an enumeration's own comparison allocates
            return order == 0 ? Sequence.CompareTo(other.Sequence) : order;
        }
    }
}
