using System.Collections.Immutable;
using Federated.Coordinator.Reports;
using Federated.Coordinator.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Federated.Coordinator.Progress;

/// <summary>A snapshot as lines of text that fit a terminal.</summary>
internal static class ProgressView
{
    /// <summary>Most client bars that are shown, however high the terminal.</summary>
    public const int MostBars = 16;

    private const int LinesBesidesBars = 8;
    private static readonly Style Quiet = new(foreground: Color.Grey);
    private static readonly Style Strong = new(decoration: Decoration.Bold);
    private static readonly Style Bar = new(foreground: Color.DodgerBlue2);

    /// <summary>Client bars that fit into a terminal of <paramref name="height"/> lines.</summary>
    public static int BarsFor(int height) => Math.Clamp(height - LinesBesidesBars - 2, 0, MostBars);

    /// <summary>The lines for a terminal of <paramref name="width"/> columns; <paramref name="unicode"/> allows drawing characters.</summary>
    public static IRenderable Render(ProgressSnapshot now, int width, int height, bool unicode)
    {
        int bars = BarsFor(height);
        List<IRenderable> lines = [Line(width, (now.Title, Strong)), Line(width, (now.Folder, Quiet)), Rounds(now, width, unicode), Accuracy(now, width, unicode), Bytes(now, width)];
        if (now.Notice.Length > 0)
            lines.Add(Line(width, (now.Notice, Quiet)));
        string clients = now.PhaseClients > 0 ? $", {now.PhaseFinished:N0} of {now.PhaseClients:N0} clients done" : "";
        lines.Add(Line(width, (now.Activity, Strong), (clients, Quiet)));
        foreach (ClientBar client in now.Working.Take(bars))
            lines.Add(Client(client, width, unicode));
        int more = now.PhaseClients - now.PhaseFinished - Math.Min(bars, now.Working.Length);
        if (now.PhaseClients > 0 && more > 0)
            lines.Add(Line(width, ($"  {more:N0} more {(more == 1 ? "client" : "clients")}", Quiet)));
        return new Rows(lines);
    }

    /// <summary>What a finished run came to, in one line.</summary>
    public static string Closing(RunSummary summary, bool interrupted) =>
        $"{(interrupted ? $"interrupted after round {summary.Rounds} of {summary.RoundsPlanned}" : "finished")}: accuracy {Quantity.Percent(summary.FinalAccuracy)} (best {Quantity.Percent(summary.BestAccuracy)}), "
        + $"density {Quantity.Percent(summary.Density)}, up {Quantity.Bytes(summary.BytesUp)}, down {Quantity.Bytes(summary.BytesDown)}, "
        + $"virtual time {Quantity.Duration(summary.VirtualSeconds)}, wall time {Quantity.Duration(summary.WallSeconds)}";

    /// <summary><paramref name="text"/> with every control character as a space, so that no name can steer a terminal.</summary>
    public static string WithoutControls(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    /// <summary>Time without fractions of a second, which would flicker.</summary>
    public static string Clock(double seconds) => seconds < 59.5 ? $"{seconds:0} s" : Quantity.Duration(seconds);

    /// <summary>A bar of <paramref name="width"/> characters, filled to <paramref name="share"/>.</summary>
    public static (string Full, string Empty) Gauge(double share, int width, bool unicode)
    {
        int full = (int)Math.Round(Math.Clamp(share, 0, 1) * width);
        return (new string(unicode ? '━' : '#', full), new string(unicode ? '─' : '.', width - full));
    }

    /// <summary>Values from 0 to the largest as a row of eighth blocks.</summary>
    public static string Sparkline(ImmutableArray<double> values, int most)
    {
        const string blocks = "▁▂▃▄▅▆▇█";
        ReadOnlySpan<double> last = values.AsSpan()[Math.Max(0, values.Length - most)..];
        double highest = 0;
        foreach (double value in last)
            highest = Math.Max(highest, value);
        char[] line = new char[last.Length];
        for (int index = 0; index < last.Length; index++)
            line[index] = blocks[highest > 0 ? (int)Math.Clamp(last[index] / highest * 7.999, 0, 7) : 0];
        return new string(line);
    }

    private static IRenderable Rounds(ProgressSnapshot now, int width, bool unicode)
    {
        string left = now.Completed >= now.Rounds ? "" : now.SecondsLeft is { } seconds ? $", about {Clock(Math.Ceiling(seconds))} left" : "";
        string text = $" round {now.Completed:N0}/{now.Rounds:N0}, {Clock(Math.Floor(now.SecondsElapsed))}{left}";
        int room = Math.Clamp(width - text.Length - 1, 0, 40);
        (string full, string rest) = Gauge(now.Rounds == 0 ? 0 : (double)now.Completed / now.Rounds, room, unicode);
        return Line(width, (full, Bar), (rest, Quiet), (room == 0 ? text.TrimStart() : text, Style.Plain));
    }

    private static IRenderable Accuracy(ProgressSnapshot now, int width, bool unicode)
    {
        string accuracy = now.Accuracy is { } value ? $"accuracy {Quantity.Percent(value)}, best {Quantity.Percent(now.BestAccuracy ?? value)}" : "accuracy –";
        string density = now.Last is { } last ? $", density {Quantity.Percent(last.Density)}" : "";
        int room = Math.Min(40, width - accuracy.Length - density.Length - 2);
        string spark = unicode && room > 4 && now.Accuracies.Length > 1 ? "  " + Sparkline(now.Accuracies, room) : "";
        return Line(width, (unicode ? accuracy : accuracy.Replace('–', '-'), Style.Plain), (density, Style.Plain), (spark, Bar));
    }

    private static IRenderable Bytes(ProgressSnapshot now, int width)
    {
        string round = now.Last is { } last ? $"round {last.Round}: up {Quantity.Bytes(last.BytesUp)}, down {Quantity.Bytes(last.BytesDown)}; " : "";
        return Line(width, ($"{round}all: up {Quantity.Bytes(now.BytesUp)}, down {Quantity.Bytes(now.BytesDown)}", Style.Plain));
    }

    private static IRenderable Client(ClientBar client, int width, bool unicode)
    {
        string name = $"  client {client.Client,-5} ";
        string count = $" {client.Done:N0}/{client.Total:N0}";
        (string full, string rest) = Gauge(client.Total == 0 ? 0 : (double)client.Done / client.Total, Math.Clamp(width - name.Length - count.Length - 1, 0, 40), unicode);
        return Line(width, (name, Style.Plain), (full, Bar), (rest, Quiet), (count, Quiet));
    }

    /// <summary>One line, cut at <paramref name="width"/>: a line that wraps would make the display jump.</summary>
    internal static Paragraph Line(int width, params ReadOnlySpan<(string Text, Style Style)> parts)
    {
        Paragraph line = new() { Overflow = Overflow.Crop };
        int room = Math.Max(1, width - 1);
        foreach ((string text, Style style) in parts)
        {
            string part = WithoutControls(text);
            part = part.Length > room ? part[..room] : part;
            room -= part.Length;
            if (part.Length > 0)
                line.Append(part, style);
        }

        return line;
    }
}
