using Federated.Protocol.Payloads;

namespace Federated.Protocol.Accounting;

/// <summary>A phase of the round under way, in which payloads are booked.</summary>
public sealed class LedgerPhase
{
    private readonly Ledger ledger;
    private readonly int round;
    private readonly int index;

    internal LedgerPhase(Ledger ledger, int round, int index, string name)
    {
        this.ledger = ledger;
        this.round = round;
        this.index = index;
        Name = name;
    }

    /// <summary>The phase's name.</summary>
    public string Name { get; }

    /// <summary>
    /// Books a payload that crossed. Any thread may book, in any order; only the payloads of one client in one direction and one phase must be booked in an order of their own that is the same in every run.
    /// </summary>
    /// <param name="client">The client, from 0.</param>
    /// <param name="direction">Which way the payload went.</param>
    /// <param name="payload">The payload.</param>
    /// <exception cref="InvalidOperationException">The phase's round is completed or abandoned.</exception>
    public void Book(int client, Direction direction, EncodedPayload payload) => Book(client, direction, payload.Parts);

    /// <summary>Books the sizes of a payload, see <see cref="Book(int, Direction, EncodedPayload)"/>.</summary>
    /// <param name="client">The client, from 0.</param>
    /// <param name="direction">Which way the payload went.</param>
    /// <param name="parts">The sizes, as <see cref="EncodedPayload.Parts"/> gives them.</param>
    public void Book(int client, Direction direction, IReadOnlyList<PartSize> parts)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(client);
        ledger.Book(round, index, client, direction, parts);
    }
}
