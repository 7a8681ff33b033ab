using Federated.Methods.Experiments;

namespace Federated.Coordinator.Runs;

/// <summary>Hears what a run does, for people to watch; it never changes the run. Calls come one at a time.</summary>
public interface IRunObserver
{
    /// <summary>The run begins, or continues after <paramref name="completedRounds"/> rounds.</summary>
    void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds);

    /// <summary>A long step outside the rounds or at a round's end, such as server pre-training or evaluation.</summary>
    void StepStarted(string description);

    /// <summary>The server asks <paramref name="clients"/> clients to do a task of round <paramref name="round"/>.</summary>
    void PhaseStarted(int round, string phase, int clients);

    /// <summary>Client <paramref name="client"/> has done <paramref name="done"/> of <paramref name="total"/> units (training steps) of its task.</summary>
    void ClientProgress(int client, int done, int total);

    /// <summary>Client <paramref name="client"/>'s answer has arrived.</summary>
    void ClientFinished(int client);

    /// <summary>A round is complete and saved.</summary>
    void RoundCompleted(RoundRecord record);

    /// <summary>The run is over, or was interrupted after a completed round.</summary>
    void RunFinished(RunSummary summary, bool interrupted);
}
