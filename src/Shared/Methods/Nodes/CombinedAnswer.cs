using System.Collections.Immutable;
using Federated.Methods.Federation;
using Federated.Protocol.V1;

namespace Federated.Methods.Nodes;

/// <summary>The answers of several clients, combined.</summary>
/// <param name="Receipts">What each client's own answer cost; every client of the answer once.</param>
/// <param name="Sum">The combined answer, as <see cref="IAnswerFold.Encode"/> gives it.</param>
public sealed record CombinedAnswer(ImmutableArray<AnswerReceipts> Receipts, ReadOnlyMemory<byte> Sum)
{
    /// <summary>What its clients hold on to now, where that has changed; ascending by client.</summary>
    public IReadOnlyList<ClientStateChange> States { get; init; } = [];

    /// <summary>The clients of the answer, ascending: each asked, named once, and not counted yet.</summary>
    /// <param name="find">Finds a client that was asked; null when it was not.</param>
    /// <param name="isCounted">Whether a client's answer is counted already.</param>
    /// <param name="task">Name of the task, for messages.</param>
    /// <exception cref="AnswerRefusedException">They are not.</exception>
    public ClientDescription[] ClientsOf(Func<int, ClientDescription?> find, Predicate<int> isCounted, string task)
    {
        int[] numbers = [.. Receipts.SelectMany(static group => group.Clients).Order()];
        var clients = new ClientDescription[numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (i > 0 && numbers[i] == numbers[i - 1])
                throw new AnswerRefusedException(RefusalReason.WrongClients, $"The combined answer to '{task}' names client {numbers[i]} twice.");
            if (isCounted(numbers[i]))
                throw new AnswerRefusedException(RefusalReason.Duplicate, $"The answer of client {numbers[i]} to '{task}' has been counted already.");
            clients[i] = find(numbers[i])
                ?? throw new AnswerRefusedException(RefusalReason.WrongClients, $"The combined answer to '{task}' names client {numbers[i]}, which was not asked.");
        }

        return clients;
    }
}
