using System.Runtime.InteropServices;

namespace Federated.Coordinator.CommandLine;

/// <summary>
/// The first Ctrl-C or termination signal asks for an end after what is being done is saved, the second for an end at once; the third is the
/// system's, for a program that does not react.
/// </summary>
internal sealed class InterruptSignals : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource abort = new();
    private readonly InterruptNotice notice = new();
    private readonly TextWriter error;
    private readonly PosixSignalRegistration[] registrations;

    /// <summary>Begins to listen.</summary>
    public InterruptSignals(TextWriter error)
    {
        this.error = error;
        registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    /// <summary>What the signals ask for.</summary>
    public Interrupts Interrupts => new(stop.Token, abort.Token, notice);

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
            registration.Dispose();
        stop.Dispose();
        abort.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (abort.IsCancellationRequested)
            return; // not marked as handled: the system ends the process

        context.Cancel = true;
        if (stop.IsCancellationRequested)
        {
            abort.Cancel();
        }
        else
        {
            if (notice.Text is { Length: > 0 } text)
                this.error.WriteLine($"federated: {text}");
            stop.Cancel();
        }
    }
}
