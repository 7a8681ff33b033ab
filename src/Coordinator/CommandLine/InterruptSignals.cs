using System.Runtime.InteropServices;

namespace Federated.Coordinator.CommandLine;

/// <summary>
/// The first Ctrl-C or termination signal asks for an end after what is being done is saved, the second for an end at once; the third is the
/// system's, for a program that does not react.
/// </summary>
internal sealed class InterruptSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly TextWriter _error;
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Begins to listen.</summary>
    public InterruptSignals(TextWriter error)
    {
        _error = error;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    /// <summary>What the signals ask for.</summary>
    public Interrupts Interrupts => new(_stop.Token, _abort.Token);

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
        _abort.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_abort.IsCancellationRequested)
            return; // not marked as handled: the system ends the process

        context.Cancel = true;
        if (_stop.IsCancellationRequested)
        {
            _abort.Cancel();
        }
        else
        {
            _error.WriteLine("federated: stopping when the round is complete and saved; once more stops at once");
            _stop.Cancel();
        }
    }
}
