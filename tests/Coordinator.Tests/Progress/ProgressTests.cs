using System.Collections.Immutable;
using System.Text.Json;
using Federated.Coordinator.Progress;
using Federated.Coordinator.Runs;
using Federated.Coordinator.Tests.Runs;
using Federated.Methods.Experiments;
using Spectre.Console;
using Xunit;

namespace Federated.Coordinator.Tests.Progress;

public sealed class ProgressTests
{
    private static readonly SampleRun Sample = new() { Rounds = 4 };
    private static readonly ExperimentSpec Experiment = new() { Name = "demo", Rounds = 4, Seed = 7 };
    private readonly ManualTime time = new();

    [Fact]
    public void Plain_output_has_a_line_for_every_step_and_round_without_control_characters()
    {
        using StringWriter output = new();
        PlainProgress progress = new(output, time);
        progress.RunStarted(Experiment, "runs/\e[31mdemo", 2, 0);
        progress.StepStarted("pre-training on the server");
        foreach (RoundRecord record in Sample.Records())
        {
            progress.PhaseStarted(record.Round, "training", 10);
            progress.ClientProgress(3, 1, 2);
            progress.ClientFinished(3);
            time.Advance(10);
            progress.RoundCompleted(record with { Accuracy = record.Round == 2 ? null : 0.1 * record.Round });
        }

        progress.RunFinished(Sample.Summary(), interrupted: false);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(7, lines.Length);
        Assert.DoesNotContain(output.ToString(), c => char.IsControl(c) && c != '\n');
        Assert.Equal("demo: fedavg with resnet-20 on fashion-mnist, 10 clients, seed 7; 2 workers; folder runs/ [31mdemo", lines[0]);
        Assert.Equal("pre-training on the server", lines[1]);
        Assert.StartsWith("round 1/4, accuracy 10.0 % (best 10.0 %), density 5.0 %, up ", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("about 30 s left", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("round 2/4, density", lines[3], StringComparison.Ordinal);
        Assert.EndsWith("so far", lines[5], StringComparison.Ordinal);
        Assert.StartsWith("finished: accuracy ", lines[6], StringComparison.Ordinal);
    }

    [Fact]
    public void Json_output_is_one_object_a_round_and_the_summary_last()
    {
        using StringWriter output = new();
        JsonProgress progress = new(output);
        progress.RunStarted(Experiment, "runs/demo", 2, 0);
        progress.StepStarted("pre-training");
        foreach (RoundRecord record in Sample.Records())
            progress.RoundCompleted(record);
        progress.RunFinished(Sample.Summary(), interrupted: true);
        JsonElement[] lines = [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(5, lines.Length);
        Assert.Equal([1, 2, 3, 4], lines[..4].Select(line => line.GetProperty("round").GetInt32()));
        Assert.Equal(Sample.Summary().BytesUp, lines[4].GetProperty("bytesUp").GetInt64());
    }

    [Fact]
    public void Time_left_is_the_mean_round_times_the_rounds_left_less_the_time_in_the_round()
    {
        ProgressState state = new(time);
        state.RunStarted(Experiment, "nowhere", 2, 0);
        time.Advance(100);
        state.PhaseStarted(1, "training", 10);
        Assert.Null(state.Snapshot(0).SecondsLeft);
        time.Advance(8);
        state.RoundCompleted(Sample.Records()[0]);
        state.PhaseStarted(2, "training", 10);
        Assert.Equal(24, state.Snapshot(0).SecondsLeft);
        time.Advance(4);
        Assert.Equal(20, state.Snapshot(0).SecondsLeft);
        time.Advance(8);
        state.RoundCompleted(Sample.Records()[1]);
        Assert.Equal(20, state.Snapshot(0).SecondsLeft);
        Assert.Equal(120, state.Snapshot(0).SecondsElapsed);
    }

    [Fact]
    public async Task A_continued_run_counts_the_rounds_of_its_folder()
    {
        using TemporaryFolder temporary = new();
        using RunFolder folder = await RunFolder.CreateAsync(temporary.Path, Sample.Specification());
        await folder.AppendRoundAsync(Sample.Records()[0]);
        await folder.AppendRoundAsync(Sample.Records()[1]);
        ProgressState state = new(time);
        state.RunStarted(Experiment, temporary.Path, 2, completedRounds: 2);
        state.PhaseStarted(3, "training", 10);
        time.Advance(5);
        state.RoundCompleted(Sample.Records()[2]);
        ProgressSnapshot now = state.Snapshot(0);
        Assert.Equal(Sample.Records().Take(3).Sum(record => record.BytesUp), now.BytesUp);
        Assert.Equal(Sample.Records().Take(3).Max(record => record.Accuracy), now.BestAccuracy);
        Assert.Equal(5, now.SecondsLeft);
        Assert.Equal(3, now.Accuracies.Length);
    }

    [Theory]
    [InlineData(100, 40)]
    [InlineData(60, 24)]
    [InlineData(20, 10)]
    [InlineData(5, 3)]
    public void The_display_fits_its_terminal(int width, int height)
    {
        string[] lines = Rendered(Snapshot(clients: 30), width, height, unicode: true);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width - 1));
        Assert.InRange(lines.Length, 6, Math.Max(8, height));
        Assert.InRange(lines.Length, 6, 24);
    }

    [Fact]
    public void The_display_shows_where_the_run_stands()
    {
        string[] lines = Rendered(Snapshot(clients: 3), 90, 40, unicode: true);
        Assert.StartsWith("demo: fedavg with resnet-20", lines[0], StringComparison.Ordinal);
        Assert.Contains("━━━━━━━━━━────────────────────────────── round 1/4, 8 s, about 24 s left", lines[2], StringComparison.Ordinal);
        Assert.Contains("accuracy", lines[3], StringComparison.Ordinal);
        Assert.Contains("density 5.0 %", lines[3], StringComparison.Ordinal);
        Assert.Contains("all: up ", lines[4], StringComparison.Ordinal);
        Assert.Equal("round 2, training, 1 of 3 clients done", lines[5]);
        Assert.StartsWith("  client 1     ━━━━", lines[6], StringComparison.Ordinal);
        Assert.EndsWith(" 1/10", lines[6].TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(8, lines.Length);
    }

    [Fact]
    public void A_terminal_without_unicode_gets_ascii() =>
        Assert.All(Rendered(Snapshot(clients: 3), 90, 40, unicode: false), line => Assert.All(line, c => Assert.InRange(c, ' ', '~')));

    [Fact]
    public void Clients_that_have_no_bar_are_counted()
    {
        string[] lines = Rendered(Snapshot(clients: 1000), 90, 50, unicode: true);
        Assert.Equal(ProgressView.MostBars, lines.Count(line => line.Contains("  client ", StringComparison.Ordinal)));
        Assert.Equal($"  {1000 - 1 - ProgressView.MostBars} more clients", lines[^1]);
    }

    [Fact]
    public void A_sparkline_scales_to_the_largest_value() => Assert.Equal("▁▄█", ProgressView.Sparkline([0.5, 0, 0.4, 0.8], 3));

    [Theory]
    [InlineData(true, true, "xterm-256color", "", typeof(JsonProgress))]
    [InlineData(false, false, "xterm-256color", "", typeof(PlainProgress))]
    [InlineData(true, false, "dumb", "", typeof(PlainProgress))]
    [InlineData(true, false, "xterm-256color", "true", typeof(PlainProgress))]
    public async Task The_output_decides_the_display(bool terminal, bool json, string term, string ci, Type expected)
    {
        await using IRunProgress progress = RunProgress.Create(TextWriter.Null, terminal, json, name => name switch { "TERM" => term, "CI" => ci, _ => null }, time);
        Assert.IsType(expected, progress);
    }

    [Fact]
    public async Task The_cursor_is_shown_again_however_the_display_ends()
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.Yes,
        });
        TerminalProgress progress = new(console, output, TimeProvider.System);
        progress.RunStarted(Experiment, "runs/demo", 2, 0);
        progress.PhaseStarted(1, "training", 10);
        progress.RoundCompleted(Sample.Records()[0]);
        progress.RunFinished(Sample.Summary(), interrupted: true);
        await progress.DisposeAsync();
        await progress.DisposeAsync();
        string text = output.ToString();
        Assert.True(text.LastIndexOf("\e[?25h", StringComparison.Ordinal) > text.LastIndexOf("\e[?25l", StringComparison.Ordinal));
        Assert.Contains("round 1/4", text, StringComparison.Ordinal);
        Assert.EndsWith(Environment.NewLine, text, StringComparison.Ordinal);
        Assert.Contains("interrupted after round 4 of 4", text, StringComparison.Ordinal);
    }

    private ProgressSnapshot Snapshot(int clients)
    {
        ProgressState state = new(time);
        state.RunStarted(Experiment, "runs/demo", 2, 0);
        state.PhaseStarted(1, "training", clients);
        time.Advance(8);
        state.RoundCompleted(Sample.Records()[0]);
        state.PhaseStarted(2, "training", clients);
        for (int client = 0; client < clients; client++)
            state.ClientProgress(client, client, 10);
        state.ClientFinished(0);
        return state.Snapshot(ProgressView.MostBars);
    }

    private static string[] Rendered(ProgressSnapshot snapshot, int width, int height, bool unicode)
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = width;
        console.Write(ProgressView.Render(snapshot, width, height, unicode));
        ImmutableArray<string> lines = [.. output.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')];
        return [.. lines];
    }
}
