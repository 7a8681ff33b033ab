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

    private readonly IAnsiConsole _console;
    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly ProgressState _state;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private Task _drawing = Task.CompletedTask;
    private string? _closing;
    private bool _disposed;

    /// <summary>A display on <paramref name="console"/>, which writes to <paramref name="output"/>.</summary>
    public TerminalProgress(IAnsiConsole console, TextWriter output, TimeProvider time)
    {
        _console = console;
        _output = output;
        _time = time;
        _state = new ProgressState(time);
    }

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
        _state.RunStarted(experiment, folder, workers, completedRounds);
        AppDomain.CurrentDomain.ProcessExit += RestoreCursor;
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGHUP])
            _signals.Add(PosixSignalRegistration.Create(signal, _ => RestoreCursor(null, EventArgs.Empty)));
        _drawing = Task.Run(DrawAsync);
    }

    public void StepStarted(string description) => _state.StepStarted(description);

    public void PhaseStarted(int round, string phase, int clients) => _state.PhaseStarted(round, phase, clients);

    public void ClientProgress(int client, int done, int total) => _state.ClientProgress(client, done, total);

    public void ClientFinished(int client) => _state.ClientFinished(client);

    public void RoundCompleted(RoundRecord record) => _state.RoundCompleted(record);

    public void RunFinished(RunSummary summary, bool interrupted)
    {
        _state.StepStarted(interrupted ? "interrupted" : "finished");
        _closing = ProgressView.WithoutControls(ProgressView.Closing(summary, interrupted));
    }

    [SuppressMessage("Usage", "VSTHRD003", Justification = "The task runs on the pool, and the program has no synchronisation context to wait for.")]
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _stop.CancelAsync();
        try
        {
            await _drawing;
        }
        catch (IOException)
        {
            // The terminal is gone; the run's result is in its folder.
        }
        finally
        {
            RestoreCursor(null, EventArgs.Empty);
            AppDomain.CurrentDomain.ProcessExit -= RestoreCursor;
            foreach (PosixSignalRegistration signal in _signals)
                signal.Dispose();
            _stop.Dispose();
        }

        if (_closing is not null)
            await _output.WriteLineAsync(_closing);
    }

    private async Task DrawAsync()
    {
        using PeriodicTimer timer = new(Pace, _time);
        do
        {
            // A live display pads its lines to the widest it ever had, so a terminal that changed its width gets a new display.
            int width = _console.Profile.Width;
            await _console.Live(View()).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
            {
                try
                {
                    while (_console.Profile.Width == width && await timer.WaitForNextTickAsync(_stop.Token))
                        live.UpdateTarget(View());
                }
                catch (OperationCanceledException)
                {
                    live.UpdateTarget(View()); // the last state stays on the screen
                }
            });
        }
        while (!_stop.IsCancellationRequested);
    }

    private Spectre.Console.Rendering.IRenderable View()
    {
        Profile profile = _console.Profile;
        return ProgressView.Render(_state.Snapshot(ProgressView.BarsFor(profile.Height)), profile.Width, profile.Height, profile.Capabilities.Unicode);
    }

    private void RestoreCursor(object? sender, EventArgs arguments)
    {
        try
        {
            _output.Write(ShowCursor);
            _output.Flush();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // There is no terminal left to restore.
        }
    }
}
