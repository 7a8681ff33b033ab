using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// Books and combines the answers of a cohort as they arrive, one by one or combined by nodes, and keeps none of them: sums, sizes and ledger are the same either way, and each client
/// counts once.
/// </summary>
/// <param name="federation">The run.</param>
/// <param name="task">Name of the task.</param>
/// <param name="fold">What the answers are added to.</param>
/// <param name="cohort">The clients that were asked.</param>
/// <param name="phase">Where the answers are booked.</param>
/// <param name="planned">Makes an answer of the right shape for a client, without training.</param>
internal sealed class Answers(Federation federation, string task, IAnswerFold fold, Cohort cohort, LedgerPhase phase, Func<ClientDescription, PlannedAnswer> planned) : INodeObserver
{
    private readonly AnswerIntake intake = new(federation.Plan, task, fold, federation.AnswerVectors);
    private readonly ReceiptCheck receipts = new(planned);
    private readonly ClientTraffic?[] traffic = new ClientTraffic?[cohort.Clients.Length];

    /// <summary>What each client sent, and received at a cut, by its place in the cohort; null until it has answered.</summary>
    public IReadOnlyList<ClientTraffic?> Traffic => traffic;

    public void Progress(int client, int done, int total) => federation.Observer.ClientProgress(client, done, total);

    public void StateChanged(int client, ReadOnlyMemory<byte> state)
    {
        if (Asked(client) is not { } description || IsCounted(client))
            return; // Refused or counted when its answer comes.
        if (state.Length > federation.StateLimit(description))
            throw new ClientAnswerException($"{description.Name} holds on to {state.Length:N0} bytes after '{task}'; {federation.StateLimit(description):N0} is the most.");
        federation.ClientStates.Write(client, state.Span);
    }

    public void Answered(int client, ReadOnlyMemory<byte> answer, IReadOnlyList<PartSize> parts)
    {
        int place = cohort.PlaceOf(client);
        if (place < 0)
            throw new ClientAnswerException($"Client {client} answered '{task}' without having been asked.");
        if (traffic[place] is not null)
            return; // A repeated answer is the same answer: it has been counted.
        intake.Add(cohort.Clients[place], answer);
        Count(client, place, ClientTraffic.Of(parts));
    }

    public void Combined(CombinedAnswer answer)
    {
        ClientDescription[] clients = answer.ClientsOf(Asked, IsCounted, task);
        foreach (AnswerReceipts group in answer.Receipts)
            receipts.Require(group, clients);
        fold.Merge(answer.Sum, clients);
        foreach (ClientStateChange change in answer.States)
            federation.ClientStates.Write(change.Client, change.State.Span);
        foreach (AnswerReceipts group in answer.Receipts)
        {
            var each = ClientTraffic.Of(group.Parts);
            foreach (int client in group.Clients)
                Count(client, cohort.PlaceOf(client), each);
        }
    }

    public void RequireAll()
    {
        int missing = traffic.Count(static each => each is null);
        if (missing > 0)
            throw new ClientAnswerException($"{missing} of {traffic.Length} clients did not answer '{task}'.");
    }

    private void Count(int client, int place, ClientTraffic each)
    {
        traffic[place] = each;
        phase.Book(client, Direction.Up, each.Up);
        if (each.Down.Count > 0)
            phase.Book(client, Direction.Down, each.Down);
        federation.Observer.ClientFinished(client);
    }

    private ClientDescription? Asked(int client) => cohort.PlaceOf(client) is >= 0 and int place ? cohort.Clients[place] : null;

    private bool IsCounted(int client) => cohort.PlaceOf(client) is >= 0 and int place && traffic[place] is not null;
}
