using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;
using Spectre.Console;

namespace Federated.Coordinator.Progress;

/// <summary>
/// For a terminal: a display of a few lines that is drawn anew ten times a second by its own task, from state that the run only writes to.
/// However the process ends, the cursor is shown again.
/// </summary>
internal sealed class TerminalProgress : IRunProgress
{
    private const string ShowCursor = "\e[?25h";
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole console;
    private readonly TextWriter output;
    private readonly TimeProvider time;
    private readonly ProgressState state;
    private readonly CancellationTokenSource stop = new();
    private readonly List<PosixSignalRegistration> signals = [];
    private Task drawing = Task.CompletedTask;
    private string? closing;
    private bool disposed;

    /// <summary>A display on <paramref name="console"/>, which writes to <paramref name="output"/>.</summary>
    public TerminalProgress(IAnsiConsole console, TextWriter output, TimeProvider time)
    {
        this.console = console;
        this.output = output;
        this.time = time;
        state = new ProgressState(time);
    }

    public void EarlierRounds(ImmutableArray<RoundRecord> rounds) => state.EarlierRounds(rounds);

    public void Notice(string text) => state.Notice(text);

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
        state.RunStarted(experiment, folder, workers, completedRounds);
        AppDomain.CurrentDomain.ProcessExit += RestoreCursor;
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGHUP])
            signals.Add(PosixSignalRegistration.Create(signal, _ => RestoreCursor(null, EventArgs.Empty)));
        drawing = Task.Run(DrawAsync);
    }

    public void StepStarted(string description) => state.StepStarted(description);

    public void PhaseStarted(int round, string phase, int clients) => state.PhaseStarted(round, phase, clients);

    public void ClientProgress(int client, int done, int total) => state.ClientProgress(client, done, total);

    public void ClientFinished(int client) => state.ClientFinished(client);

    public void RoundCompleted(RoundRecord record) => state.RoundCompleted(record);

    public void RunFinished(RunSummary summary, bool interrupted)
    {
        state.StepStarted(interrupted ? "interrupted" : "finished");
        closing = ProgressView.WithoutControls(ProgressView.Closing(summary, interrupted));
    }

    [SuppressMessage("Usage", "VSTHRD003", Justification = "The task runs on the pool, and the program has no synchronisation context to wait for.")]
    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        await stop.CancelAsync();
        try
        {
            await drawing;
        }
        catch (IOException)
        {
            // The terminal is gone; the run's result is in its folder.
        }
        finally
        {
            RestoreCursor(null, EventArgs.Empty);
            AppDomain.CurrentDomain.ProcessExit -= RestoreCursor;
            foreach (PosixSignalRegistration signal in signals)
                signal.Dispose();
            stop.Dispose();
        }

        if (closing is not null)
            await this.output.WriteLineAsync(closing);
    }

    private async Task DrawAsync()
    {
        using PeriodicTimer timer = new(Pace, this.time);
        do
        {
            // A live display pads its lines to the widest it ever had, so a terminal that changed its width gets a new display.
            int width = this.console.Profile.Width;
            await this.console.Live(View()).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
            {
                try
                {
                    while (this.console.Profile.Width == width && await timer.WaitForNextTickAsync(stop.Token))
                        live.UpdateTarget(View());
                }
                catch (OperationCanceledException)
                {
                    live.UpdateTarget(View()); // the last state stays on the screen
                }
            });
        }
        while (!stop.IsCancellationRequested);
    }

    private Spectre.Console.Rendering.IRenderable View()
    {
        Profile profile = this.console.Profile;
        return ProgressView.Render(state.Snapshot(ProgressView.BarsFor(profile.Height)), profile.Width, profile.Height, profile.Capabilities.Unicode);
    }

    private void RestoreCursor(object? sender, EventArgs arguments)
    {
        try
        {
            this.output.Write(ShowCursor);
            this.output.Flush();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // There is no terminal left to restore.
        }
    }
}
