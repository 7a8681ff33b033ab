using System.Text;

namespace Federated.Bench.Comparing;

/// <summary>The Markdown of one comparison: when, where and how it was measured, its table, and its commands.</summary>
internal static class Section
{
    /// <summary>The section's text.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <param name="rounds">Its results.</param>
    /// <param name="pairs">How often each subject ran.</param>
    /// <param name="circumstances">Date, machine and versions.</param>
    /// <param name="commands">One command line for each subject.</param>
    public static string Write(Comparison comparison, Rounds rounds, int pairs, string circumstances, IEnumerable<string> commands)
    {
        var text = new StringBuilder();
        string torch = rounds.Text("torch") is { } version ? $", PyTorch {version}" : "";
        text.Append($"{circumstances}{torch}; {pairs} turn{(pairs == 1 ? "" : "s")}; medians, in brackets the least and the greatest of a single turn.\n\n");
        text.Append("| what | Federated | reference | figure | target | |\n| --- | ---: | ---: | ---: | ---: | --- |\n");
        foreach (Row row in comparison.Rows)
        {
            Figure figure = row.Quantity.Evaluate(rounds);
            Func<double, string> plain = row.Quantity.FormatPlain;
            string verdict = row.Target switch
            {
                null => "",
                { } target when target.IsMet(figure.Value) => "met",
                _ => "**missed**",
            };
            text.Append($"| {row.What} | {OrDash(figure.Own)} | {OrDash(figure.Reference)} | {row.Quantity.Format(figure.Value)} ({plain(figure.Least)} … {plain(figure.Greatest)}) "
                + $"| {OrDash(row.Target?.Format(row.Quantity.FormatLimit) ?? "")} | {verdict} |\n");
        }

        text.Append("\n```sh\n").AppendJoin('\n', commands).Append("\n```\n");
        return text.ToString();
    }

    /// <summary>How many rows of a comparison miss their target.</summary>
    public static int CountMissed(Comparison comparison, Rounds rounds)
        => comparison.Rows.Count(row => row.Target?.IsMet(row.Quantity.Evaluate(rounds).Value) == false);

    private static string OrDash(string text) => text.Length == 0 ? "–" : text;
}
