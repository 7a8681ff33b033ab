using System.Collections.Immutable;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Nodes;

/// <summary>A process (or a part of this one) that runs whole lists of clients.</summary>
public interface INode
{
    /// <summary>
    /// Runs one task on every client of the list and hands over each answer as it is ready. Answers come in any order, one call at a time.
    /// </summary>
    Task RunAsync(NodeWork work, INodeObserver observer, CancellationToken cancel);

    /// <summary>Gives the node a part that clients keep (after a restart), and says which digests clients still hold: all others are dropped.</summary>
    void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided);
}

/// <summary>One task for a list of clients.</summary>
/// <param name="Round">The round.</param>
/// <param name="Task">Name of the task.</param>
/// <param name="Clients">Clients and the payload that each receives; clients that receive the same bytes share the array.</param>
public sealed record NodeWork(int Round, string Task, ImmutableArray<ClientWork> Clients)
{
    /// <summary>What crosses, before it takes a form for each client: what a node that has lost a kept part can be given anew.</summary>
    public IReadOnlyList<TaskPart> Parts { get; init; } = [];

    /// <summary>The encoded payload that the task gives to the server's part of the model, wherever it runs; empty where the clients train alone.</summary>
    public ReadOnlyMemory<byte> ServerParts { get; init; }

    /// <summary>What a client holds on to before the task, see <see cref="Clients.ClientState"/>; asked for by several threads. Null where clients hold on to nothing.</summary>
    public Func<int, ReadOnlyMemory<byte>>? StateOf { get; init; }

    /// <summary>What is known of the answers before they are there; null where nobody combines them on the way.</summary>
    public IAnswerShape? Answer { get; init; }
}

/// <summary>What one client receives.</summary>
/// <param name="Client">Number of the client.</param>
/// <param name="Payload">The encoded payload.</param>
/// <param name="Flops">Floating-point operations that the task costs it: how long it takes, in proportion to others.</param>
public readonly record struct ClientWork(int Client, ReadOnlyMemory<byte> Payload, double Flops);

/// <summary>Hears what a node does. One call at a time.</summary>
public interface INodeObserver
{
    /// <summary>Client <paramref name="client"/> has done <paramref name="done"/> of <paramref name="total"/> steps. Said now and then, and not at all of a client that is soon done.</summary>
    void Progress(int client, int done, int total);

    /// <summary>What client <paramref name="client"/> holds on to has changed; said before its answer.</summary>
    /// <param name="client">Number of the client.</param>
    /// <param name="state">Its state; valid during the call.</param>
    void StateChanged(int client, ReadOnlyMemory<byte> state);

    /// <summary>Client <paramref name="client"/> answered.</summary>
    /// <param name="client">Number of the client.</param>
    /// <param name="answer">The payload as it crossed. The memory is the node's own and used again when the call returns.</param>
    /// <param name="parts">What its bytes are for, as in <see cref="EncodedPayload.Parts"/>; valid as long as they.</param>
    void Answered(int client, ReadOnlyMemory<byte> answer, IReadOnlyList<PartSize> parts);

    /// <summary>Several clients answered, and their answers are combined. Takes all of it or nothing.</summary>
    /// <param name="answer">The combined answer; its memory is not kept.</param>
    /// <exception cref="AnswerRefusedException">It cannot be counted, or clients of it have been counted already.</exception>
    void Combined(CombinedAnswer answer);
}
