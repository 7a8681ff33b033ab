using System.Collections.Immutable;
using Federated.Coordinator.Progress;
using Federated.Coordinator.Reports;
using Federated.Methods.Pretraining;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Federated.Coordinator.Pretraining;

/// <summary>For a terminal: a live display (see <see cref="LiveScreen"/>) of the epochs, the steps of the one under way and the accuracy so far.</summary>
internal sealed class PretrainTerminalProgress : IPretrainProgress
{
    private const int WidestGauge = 40;
    private static readonly Style Quiet = new(foreground: Color.Grey);
    private static readonly Style Strong = new(decoration: Decoration.Bold);
    private static readonly Style Bar = new(foreground: Color.DodgerBlue2);

    private readonly Lock gate = new();
    private readonly TextWriter output;
    private readonly TimeProvider time;
    private readonly LiveScreen display;
    private PretrainStart? start;
    private ImmutableArray<double> accuracies = [];
    private PretrainEpoch? last;
    private string activity = "";
    private string? closing;
    private long began;
    private int epoch;
    private int steps;
    private bool disposed;

    /// <summary>A display on <paramref name="console"/>, which writes to <paramref name="output"/>.</summary>
    public PretrainTerminalProgress(IAnsiConsole console, TextWriter output, TimeProvider time)
    {
        this.output = output;
        this.time = time;
        display = new LiveScreen(console, output, time, View);
    }

    public void Started(PretrainStart start, IReadOnlyList<PretrainEpoch> earlier)
    {
        lock (gate)
        {
            this.start = start;
            began = this.time.GetTimestamp();
            (epoch, steps) = ((start.StepsDone / start.StepsPerEpoch) + 1, start.StepsDone % start.StepsPerEpoch);
            foreach (PretrainEpoch record in earlier)
                Note(record);
        }

        display.Start();
    }

    public void Stepped(int epoch, int steps)
    {
        lock (gate)
        {
            (this.epoch, this.steps) = (epoch, steps);
            activity = "training";
        }
    }

    public void StepStarted(string description)
    {
        lock (gate)
            activity = description;
    }

    public void EpochCompleted(PretrainEpoch record)
    {
        lock (gate)
            Note(record);
    }

    public void Finished(PretrainSummary summary)
    {
        lock (gate)
        {
            activity = summary.IsFinished ? "finished" : "interrupted";
            closing = ProgressView.WithoutControls(PretrainTexts.Closing(summary));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        await display.DisposeAsync();
        if (closing is not null)
            await this.output.WriteLineAsync(closing);
    }

    private void Note(PretrainEpoch record)
    {
        last = record;
        if (record.Accuracy is { } accuracy)
            accuracies = accuracies.Add(accuracy);
    }

    private Rows View(Profile profile)
    {
        lock (gate)
        {
            int width = profile.Width;
            List<IRenderable> lines = [ProgressView.Line(width, (PretrainTexts.Title(start!), Strong)), ProgressView.Line(width, ($"{PretrainTexts.Budget(start!)}; {start!.Path}", Quiet)), Epochs(width, profile.Capabilities.Unicode)];
            if (last is not null)
                lines.Add(Figures(width, profile.Capabilities.Unicode));
            lines.Add(ProgressView.Line(width, (activity, Strong)));
            return new Rows(lines);
        }
    }

    private Paragraph Epochs(int width, bool unicode)
    {
        int all = start!.StepsPerEpoch * start.Spec.Training.Epochs;
        int done = Math.Min(all, ((epoch - 1) * start.StepsPerEpoch) + steps);
        double elapsed = this.time.GetElapsedTime(began).TotalSeconds;
        int doneHere = done - start.StepsDone;
        double left = doneHere > 0 ? elapsed / doneHere * (all - done) : start.SecondsLeft;
        string text = $" epoch {epoch:N0}/{start.Spec.Training.Epochs:N0}, step {steps:N0}/{start.StepsPerEpoch:N0}, {ProgressView.Clock(Math.Floor(elapsed))}{(done < all ? $", about {ProgressView.Clock(Math.Ceiling(left))} left" : "")}";
        int room = Math.Clamp(width - text.Length - 1, 0, WidestGauge);
        (string full, string rest) = ProgressView.Gauge((double)done / all, room, unicode);
        return ProgressView.Line(width, (full, Bar), (rest, Quiet), (room == 0 ? text.TrimStart() : text, Style.Plain));
    }

    private Paragraph Figures(int width, bool unicode)
    {
        string accuracy = accuracies.IsEmpty ? "" : $", test accuracy {Quantity.Percent(accuracies[^1])}";
        string text = $"loss {Quantity.ThreeDigits(last!.TrainingLoss)}, training accuracy {Quantity.Percent(last.TrainingAccuracy)}{accuracy}";
        int room = Math.Min(WidestGauge, width - text.Length - 3);
        string spark = unicode && room > 4 && accuracies.Length > 1 ? "  " + ProgressView.Sparkline(accuracies, room) : "";
        return ProgressView.Line(width, (text, Style.Plain), (spark, Bar));
    }
}
