using Federated.Coordinator.Runs;
using Federated.Protocol.Accounting;

namespace Federated.Coordinator.Rounds;

/// <summary>Where completed rounds are saved.</summary>
internal interface IRoundStore
{
    /// <summary>The ledger of the run, holding the rounds completed so far.</summary>
    Ledger Ledger { get; }

    /// <summary>What clients hold on to.</summary>
    ClientStates ClientStates { get; }

    /// <summary>Saves a completed round: after it returns, a crash loses nothing of it; before, the run continues from the round before.</summary>
    Task SaveRoundAsync(RoundRecord record, LedgerRound ledgerRound, Checkpoint checkpoint, CancellationToken cancel);
}
