using Federated.Coordinator.Runs;
using Federated.Protocol.Accounting;

namespace Federated.Coordinator.Rounds;

/// <summary>Keeps records in memory: for planning, which saves nothing.</summary>
internal sealed class MemoryStore : IRoundStore
{
    private readonly List<RoundRecord> records = [];

    public Ledger Ledger { get; } = new();

    public ClientStates ClientStates { get; } = ClientStates.InMemory();

    /// <summary>The rounds so far.</summary>
    public IReadOnlyList<RoundRecord> Records => records;

    public Task SaveRoundAsync(RoundRecord record, LedgerRound ledgerRound, Checkpoint checkpoint, CancellationToken cancel)
    {
        records.Add(record);
        return Task.CompletedTask;
    }
}
