using Federated.Methods.Experiments;

namespace Federated.Coordinator.Runs;

/// <summary>Hears everything and shows nothing.</summary>
public sealed class SilentObserver : IRunObserver
{
    private SilentObserver()
    {
    }

    /// <summary>The one instance.</summary>
    public static SilentObserver Instance { get; } = new();

    /// <inheritdoc/>
    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
    }

    /// <inheritdoc/>
    public void StepStarted(string description)
    {
    }

    /// <inheritdoc/>
    public void PhaseStarted(int round, string phase, int clients)
    {
    }

    /// <inheritdoc/>
    public void ClientProgress(int client, int done, int total)
    {
    }

    /// <inheritdoc/>
    public void ClientFinished(int client)
    {
    }

    /// <inheritdoc/>
    public void RoundCompleted(RoundRecord record)
    {
    }

    /// <inheritdoc/>
    public void RunFinished(RunSummary summary, bool interrupted)
    {
    }
}
