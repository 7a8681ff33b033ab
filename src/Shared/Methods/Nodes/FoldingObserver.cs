using Federated.Engine.Networks;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Nodes;

/// <summary>Combines the answers of a list's clients as they come, and notes what each would have cost on the wire. What leaves a node is the one combined answer.</summary>
public sealed class FoldingObserver : INodeObserver
{
    private readonly string task;
    private readonly IAnswerFold fold;
    private readonly AnswerIntake intake;
    private readonly Dictionary<int, ClientDescription> missing;
    private readonly HashSet<int> done = [];
    private readonly SortedDictionary<int, ReadOnlyMemory<byte>> states = [];
    private readonly ReceiptBook receipts = new();
    private readonly IListProgress? progress;

    /// <summary>Starts with no answer.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="task">Name of the task.</param>
    /// <param name="fold">Combines the answers; nobody else adds to it meanwhile.</param>
    /// <param name="clients">The clients of the list.</param>
    /// <param name="progress">Hears how far the list is, or null.</param>
    public FoldingObserver(NetworkPlan plan, string task, IAnswerFold fold, IEnumerable<ClientDescription> clients, IListProgress? progress = null)
    {
        this.task = task;
        this.fold = fold;
        this.progress = progress;
        intake = new AnswerIntake(plan, task, fold, new VectorPool());
        missing = clients.ToDictionary(static client => client.Id);
    }

    /// <inheritdoc/>
    public void Progress(int client, int done, int total) => progress?.Step(client, done, total);

    /// <inheritdoc/>
    public void StateChanged(int client, ReadOnlyMemory<byte> state)
    {
        if (!done.Contains(client))
            states[client] = state.ToArray();
    }

    /// <inheritdoc/>
    /// <exception cref="ClientAnswerException">The client is not of the list, or its answer cannot be used.</exception>
    public void Answered(int client, ReadOnlyMemory<byte> answer, IReadOnlyList<PartSize> parts)
    {
        if (done.Contains(client))
            return; // A repeated answer is the same answer: it has been counted.
        if (!missing.TryGetValue(client, out ClientDescription? description))
            throw new ClientAnswerException($"Client {client} answered '{task}' without having been asked.");
        intake.Add(description, answer);
        receipts.Add(client, parts);
        Finish(client);
    }

    /// <inheritdoc/>
    public void Combined(CombinedAnswer answer)
    {
        ClientDescription[] clients = answer.ClientsOf(missing.GetValueOrDefault, done.Contains, task);
        fold.Merge(answer.Sum, clients);
        foreach (ClientStateChange change in answer.States)
            states[change.Client] = change.State.ToArray();
        foreach (AnswerReceipts group in answer.Receipts)
        {
            IReadOnlyList<PartSize> parts = group.Parts;
            foreach (int client in group.Clients)
            {
                receipts.Add(client, parts);
                Finish(client);
            }
        }
    }

    /// <summary>The combined answer of the whole list.</summary>
    /// <exception cref="ClientAnswerException">A client has not answered.</exception>
    public CombinedAnswer Complete()
    {
        if (missing.Count > 0)
            throw new ClientAnswerException($"{missing.Count} of {missing.Count + done.Count} clients did not answer '{task}'.");
        return new CombinedAnswer(receipts.ToReceipts(), fold.Encode()) { States = [.. states.Select(static state => new ClientStateChange(state.Key, state.Value))] };
    }

    private void Finish(int client)
    {
        missing.Remove(client);
        done.Add(client);
        progress?.Finished(client);
    }
}
