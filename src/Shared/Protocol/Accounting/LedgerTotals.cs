using Federated.Protocol.Payloads;

namespace Federated.Protocol.Accounting;

/// <summary>
/// Sums over the entries of completed rounds. Kept are one number per round, phase, direction and kind, and one per client and direction: some thousands for a long run, whatever the number of entries.
/// </summary>
public sealed class LedgerTotals
{
    private readonly List<Cell> cells = [];
    private readonly Dictionary<Cell, int> cellOfRound = [];
    private readonly Dictionary<(int Client, Direction Direction), long> perClient = [];
    private long[] bytes = [];

    internal LedgerTotals()
    {
    }

    /// <summary>Bytes of all entries.</summary>
    public long Bytes => Sum();

    /// <summary>Bytes of the entries that agree with every argument that is given.</summary>
    /// <param name="round">Only this round.</param>
    /// <param name="phase">Only this phase.</param>
    /// <param name="direction">Only this direction.</param>
    /// <param name="part">Only this kind of part.</param>
    public long Sum(int? round = null, string? phase = null, Direction? direction = null, PartKind? part = null)
    {
        long sum = 0;
        for (int i = 0; i < cells.Count; i++)
        {
            Cell cell = cells[i];
            if ((round is null || cell.Round == round) && (phase is null || string.Equals(cell.Phase, phase, StringComparison.Ordinal))
                && (direction is null || cell.Direction == direction) && (part is null || cell.Part == part))
                sum = checked(sum + bytes[i]);
        }

        return sum;
    }

    /// <summary>Bytes that crossed to or from a client, in one direction or both.</summary>
    public long SumOfClient(int client, Direction? direction = null) => direction is { } only
        ? perClient.GetValueOrDefault((client, only))
        : perClient.GetValueOrDefault((client, Direction.Down)) + perClient.GetValueOrDefault((client, Direction.Up));

    internal void Add(IReadOnlyList<LedgerEntry> entries)
    {
        // Rounds never come back, so the index of cells is that of one round only.
        cellOfRound.Clear();
        for (int i = 0; i < entries.Count; i++)
        {
            LedgerEntry entry = entries[i];
            var cell = new Cell(entry.Round, entry.Phase, entry.Direction, entry.Part);
            if (!cellOfRound.TryGetValue(cell, out int index))
            {
                index = cells.Count;
                cells.Add(cell);
                cellOfRound.Add(cell, index);
                if (index == bytes.Length)
                    Array.Resize(ref bytes, Math.Max(64, 2 * bytes.Length));
            }

            bytes[index] = checked(bytes[index] + entry.Bytes);
            (int, Direction) client = (entry.Client, entry.Direction);
            perClient[client] = checked(perClient.GetValueOrDefault(client) + entry.Bytes);
        }
    }

    private readonly record struct Cell(int Round, string Phase, Direction Direction, PartKind Part);
}
