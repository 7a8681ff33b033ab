using System.Globalization;

namespace Federated.Protocol.Accounting;

/// <summary>Reads a ledger's text round by round and checks that it is canonical, so that what is read has the hash of what was written.</summary>
public static class LedgerReader
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Reads the rounds of a ledger, one at a time.</summary>
    /// <param name="text">The text from its beginning.</param>
    /// <param name="throughRound">Stop before the first line of a later round; what follows is not looked at. Null reads to the end, which must be the end of a line.</param>
    /// <param name="onRound">Gets every round that has entries.</param>
    /// <returns>Bytes up to the end of the last line that was read.</returns>
    /// <exception cref="LedgerException">The text is damaged, not canonical, or ends within a line.</exception>
    public static long Read(Stream text, int? throughRound, Action<LedgerRound> onRound)
    {
        var reader = new Lines(text);
        if (!reader.Next(out ReadOnlySpan<byte> line) || !reader.IsComplete || !line.SequenceEqual(LedgerText.Header[..^1]))
            throw new LedgerException(1, "it is not the header line of a ledger.");
        long end = reader.Position;
        var entries = new List<LedgerEntry>();
        var phases = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Next(out line))
        {
            if (!reader.IsComplete)
            {
                if (throughRound is { } last && !BelongsTo(line, last))
                    break;
                throw new LedgerException(reader.Number, "it has no end; the file was cut there. Open it through the last completed round to drop what follows.");
            }

            LedgerEntry? previous = entries.Count > 0 ? entries[^1] : null;
            LedgerEntry entry = LedgerText.Parse(line, reader.Number, previous?.Phase);
            if (entry.Round > throughRound)
                break;
            if (previous is { } before && before.Round != entry.Round)
            {
                Hand(entries, onRound);
                phases.Clear();
                RequireOrder(entry.Round > before.Round, reader.Number);
                previous = null;
            }

            if (previous is { } neighbour && string.Equals(neighbour.Phase, entry.Phase, StringComparison.Ordinal))
                RequireOrder((entry.Client, entry.Direction).CompareTo((neighbour.Client, neighbour.Direction)) >= 0, reader.Number);
            else
                RequireOrder(phases.Add(entry.Phase), reader.Number);
            entries.Add(entry);
            end = reader.Position;
        }

        Hand(entries, onRound);
        return end;
    }

    /// <summary>Whether the beginning of a line says that it is of <paramref name="round"/> or an earlier one.</summary>
    private static bool BelongsTo(ReadOnlySpan<byte> start, int round)
    {
        int comma = start.IndexOf((byte)',');
        return comma > 0 && int.TryParse(start[..comma], NumberStyles.None, null, out int number) && number <= round;
    }

    private static void Hand(List<LedgerEntry> entries, Action<LedgerRound> onRound)
    {
        if (entries.Count == 0)
            return;
        LedgerEntry[] round = [.. entries];
        entries.Clear();
        byte[] text = [];
        onRound(new LedgerRound(round[0].Round, round, LedgerText.Format(round, ref text)));
    }

    private static void RequireOrder(bool holds, long line)
    {
        if (!holds)
            throw new LedgerException(line, "it is out of order; rounds, and within a phase clients and directions, ascend.");
    }

    /// <summary>Lines of bounded length from a stream, without copying them.</summary>
    private sealed class Lines(Stream text)
    {
        private readonly byte[] buffer = new byte[BufferBytes];
        private int start;
        private int filled;

        /// <summary>Number of the last line, from 1.</summary>
        public long Number { get; private set; }

        /// <summary>Whether the last line has its LF.</summary>
        public bool IsComplete { get; private set; }

        /// <summary>Bytes up to the end of the last line.</summary>
        public long Position { get; private set; }

        public bool Next(out ReadOnlySpan<byte> line)
        {
            int length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n');
            if (length < 0)
            {
                buffer.AsSpan(start, filled - start).CopyTo(buffer);
                filled -= start;
                start = 0;
                filled += text.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: false);
                length = buffer.AsSpan(0, filled).IndexOf((byte)'\n');
            }

            Number++;
            IsComplete = length >= 0;
            if (!IsComplete)
            {
                line = buffer.AsSpan(0, filled);
                start = filled;
                return line.Length > 0;
            }

            if (length > LedgerText.MaximumLineBytes)
                throw new LedgerException(Number, $"it is longer than {LedgerText.MaximumLineBytes} bytes.");
            line = buffer.AsSpan(start, length);
            start += length + 1;
            Position += length + 1;
            return true;
        }
    }
}
