namespace Federated.Coordinator.Fleet;

/// <summary>The run that the coordinator is at, and how to end it.</summary>
/// <param name="name">Name of the run.</param>
/// <param name="stop">The coordinator stops after the round under way.</param>
/// <param name="abort">The coordinator ends at once.</param>
internal sealed class RunUnderWay(string name, CancellationToken stop, CancellationToken abort) : IDisposable
{
    private readonly CancellationTokenSource stopping = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
    private readonly CancellationTokenSource aborting = CancellationTokenSource.CreateLinkedTokenSource(abort);

    /// <summary>Name of the run.</summary>
    public string Name => name;

    /// <summary>Finish and save the round under way.</summary>
    public CancellationToken StopToken => stopping.Token;

    /// <summary>End at once.</summary>
    public CancellationToken AbortToken => aborting.Token;

    /// <summary>Whether somebody asked for the end of this run, not of the coordinator.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Ends the run.</summary>
    public void Stop(bool atOnce)
    {
        IsStopped = true;
        stopping.Cancel();
        if (atOnce)
            aborting.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Dispose();
        aborting.Dispose();
    }
}
