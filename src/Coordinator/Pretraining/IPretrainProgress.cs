using Federated.Methods.Pretraining;

namespace Federated.Coordinator.Pretraining;

/// <summary>Shows a pre-training to whoever watches it; it never changes it. Disposing ends the display and leaves the terminal as it was.</summary>
public interface IPretrainProgress : IAsyncDisposable
{
    /// <summary>It begins, or goes on behind these epochs.</summary>
    void Started(PretrainStart start, IReadOnlyList<PretrainEpoch> earlier);

    /// <summary>So many steps of an epoch (from 1) are done.</summary>
    void Stepped(int epoch, int steps);

    /// <summary>Something else is done that takes a while.</summary>
    void StepStarted(string description);

    /// <summary>An epoch is complete and saved.</summary>
    void EpochCompleted(PretrainEpoch record);

    /// <summary>It is over, or was interrupted and saved.</summary>
    void Finished(PretrainSummary summary);
}
