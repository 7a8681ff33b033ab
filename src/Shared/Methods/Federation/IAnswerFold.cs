using Federated.Protocol.Payloads;

namespace Federated.Methods.Federation;

/// <summary>
/// Combines clients' answers into exact partial sums. A node folds the answers of its clients, the server merges what nodes folded: the result has the same bits as if every
/// answer had been added alone, whatever the order and the grouping. Not safe for use by several threads at once.
/// </summary>
public interface IAnswerFold : IAnswerShape
{
    /// <summary>Adds one client's answer; calls come one at a time, in any order, each client once. Values and statistics in it are overwritten by the next answer: keep sums, not arrays.</summary>
    /// <exception cref="ClientAnswerException">
    /// The answer has not the parts or lengths that the task asks for, or holds a number that no training gives; the message names the client. Nothing of it was added.
    /// </exception>
    void Add(ClientDescription client, Payload answer);

    /// <summary>The combined answer of all that were added: one encoding, whatever the order and the grouping in which they were.</summary>
    byte[] Encode();

    /// <summary>Adds a combined answer. All of it is checked first: it is taken as a whole or not at all.</summary>
    /// <param name="encoded">What <see cref="Encode"/> gave at the other end.</param>
    /// <param name="clients">The clients whose answers it must be made of: it must have their weights.</param>
    /// <exception cref="AnswerRefusedException">The bytes are no combined answer of these clients, or hold numbers that no training gives.</exception>
    void Merge(ReadOnlyMemory<byte> encoded, IReadOnlyList<ClientDescription> clients);
}
