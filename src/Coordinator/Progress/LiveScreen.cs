using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Federated.Coordinator.Progress;

/// <summary>
/// A display of a few lines on a terminal that is drawn anew ten times a second by its own task. However the process ends, the cursor is shown again.
/// </summary>
/// <param name="console">The terminal.</param>
/// <param name="output">Where the terminal's characters go.</param>
/// <param name="time">Paces the drawing.</param>
/// <param name="view">What is shown now, for a terminal of this profile.</param>
internal sealed class LiveScreen(IAnsiConsole console, TextWriter output, TimeProvider time, Func<Profile, IRenderable> view) : IAsyncDisposable
{
    private const string ShowCursor = "\e[?25h";
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource stop = new();
    private readonly List<PosixSignalRegistration> signals = [];
    private Task drawing = Task.CompletedTask;
    private bool disposed;

    /// <summary>Begins to draw.</summary>
    public void Start()
    {
        AppDomain.CurrentDomain.ProcessExit += RestoreCursor;
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGHUP])
            signals.Add(PosixSignalRegistration.Create(signal, _ => RestoreCursor(null, EventArgs.Empty)));
        drawing = Task.Run(DrawAsync);
    }

    /// <summary>Draws the last state and leaves it on the screen.</summary>
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
    }

    private async Task DrawAsync()
    {
        using PeriodicTimer timer = new(Pace, time);
        do
        {
            // A live display pads its lines to the widest it ever had, so a terminal that changed its width gets a new display.
            int width = console.Profile.Width;
            await console.Live(view(console.Profile)).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
            {
                try
                {
                    while (console.Profile.Width == width && await timer.WaitForNextTickAsync(stop.Token))
                        live.UpdateTarget(view(console.Profile));
                }
                catch (OperationCanceledException)
                {
                    live.UpdateTarget(view(console.Profile)); // the last state stays on the screen
                }
            });
        }
        while (!stop.IsCancellationRequested);
    }

    private void RestoreCursor(object? sender, EventArgs arguments)
    {
        try
        {
            output.Write(ShowCursor);
            output.Flush();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // There is no terminal left to restore.
        }
    }
}
