using System.Collections.Immutable;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>What crossed between server and clients, by direction and kind.</summary>
internal static class BytesSection
{
    private const int MostBars = 240;

    /// <summary>Writes the section.</summary>
    public static void Write(ReportPage page, RunContents run)
    {
        page.Section("Communication");
        ImmutableArray<RoundRecord> rounds = run.Rounds;
        ImmutableArray<string> kinds = [.. rounds.SelectMany(record => record.BytesByKind.Keys).Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, long> totals = kinds.ToDictionary(kind => kind, kind => rounds.Sum(record => record.BytesByKind.GetValueOrDefault(kind)), StringComparer.Ordinal);
        long up = rounds.Sum(record => record.BytesUp), down = rounds.Sum(record => record.BytesDown);

        if (totals.Values.Any(bytes => bytes > 0))
            Draw(page, rounds, [.. kinds.Where(kind => totals[kind] > 0).OrderByDescending(kind => totals[kind]).ThenBy(kind => kind, StringComparer.Ordinal)], up, down);

        double clientRounds = Math.Max(1, rounds.Sum(record => (double)record.Clients));
        page.Table(["payload", "direction", "bytes", "share", "bytes per client and round", "rounds"],
            kinds.Select(IReadOnlyList<string> (kind) =>
            [
                Name(kind), IsDown(kind) ? "server to clients" : "clients to server", Quantity.Exact(totals[kind]),
                up + down > 0 ? Quantity.Percent((double)totals[kind] / (up + down)) : "–",
                Quantity.Exact((long)Math.Round(totals[kind] / clientRounds)),
                Quantity.Exact(rounds.Count(record => record.BytesByKind.GetValueOrDefault(kind) > 0)),
            ]),
            ["all", "both", Quantity.Exact(up + down), "", Quantity.Exact((long)Math.Round((up + down) / clientRounds)), Quantity.Exact(rounds.Length)], 1);
    }

    private static void Draw(ReportPage page, ImmutableArray<RoundRecord> rounds, ImmutableArray<string> kinds, long up, long down)
    {
        int perBar = (rounds.Length + MostBars - 1) / MostBars;
        ImmutableArray<RoundRecord[]> bars = [.. rounds.Chunk(perBar)];
        // A payload that goes both ways has one colour, so that the eye pairs them.
        List<string> names = [.. kinds.Select(Name).Distinct()];
        List<StackPart> parts = [.. kinds.Select(kind => new StackPart(Name(kind),
            [.. bars.Select(bar => bar.Sum(record => (double)record.BytesByKind.GetValueOrDefault(kind)) / bar.Length)], Palette.Wrap(names.IndexOf(Name(kind))), IsDown(kind)))];
        ImmutableArray<double> middles = [.. bars.Select(bar => (bar[0].Round + bar[^1].Round) / 2.0)];
        string caption = perBar > 1 ? $"Payload bytes of all clients; a bar is the mean of {perBar} rounds." : "Payload bytes of all clients.";
        page.Figure("Bytes by round", caption, StackedBarChart.Draw("bytes", "Bytes by round, direction and kind",
            $"{Quantity.Exact(up)} bytes from clients to the server, {Quantity.Exact(down)} bytes from the server to clients.",
            Axis.Rounds(rounds, margin: 0.6), middles, perBar, parts, "bytes in the round"), wide: true);
    }

    private static bool IsDown(string kind) => kind.StartsWith("down/", StringComparison.Ordinal);

    /// <summary><c>up/sparseValues</c> as <c>sparse values</c>.</summary>
    private static string Name(string kind)
    {
        string name = kind[(kind.IndexOf('/', StringComparison.Ordinal) + 1)..];
        return string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? $" {char.ToLowerInvariant(c)}" : c.ToString())).Trim();
    }
}
