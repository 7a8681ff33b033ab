using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.Tests.Split;

/// <summary>Kills somebody when the first client of a round has answered and others are at work.</summary>
internal sealed class KillInRound(int round, Func<Task> kill) : IRunObserver
{
    private int now = -1;

    /// <summary>The killing; null before it.</summary>
    public Task? Killing { get; private set; }

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
    }

    public void StepStarted(string description)
    {
    }

    public void PhaseStarted(int round, string phase, int clients) => now = round;

    public void ClientProgress(int client, int done, int total)
    {
    }

    public void ClientFinished(int client)
    {
        if (now == round)
            Killing ??= Task.Run(kill);
    }

    public void RoundCompleted(RoundRecord record)
    {
    }

    public void RunFinished(RunSummary summary, bool interrupted)
    {
    }
}
