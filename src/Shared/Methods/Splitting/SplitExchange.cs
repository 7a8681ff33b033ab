using Federated.Methods.Clients;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>
/// The server's end of one split session: checks the order of messages, decodes, lets the task answer, and encodes. Used by every server of bodies, in this process or behind gRPC, so that all of them
/// refuse the same and give the same bytes.
/// </summary>
public sealed class SplitExchange
{
    private readonly ISplitTask task;
    private readonly PayloadContext decoding;
    private readonly PayloadBuffer reply = new();
    private bool isComplete;
    private int next;

    /// <summary>Begins a client's split training with parts that were decoded before: sessions share them.</summary>
    /// <param name="context">The experiment.</param>
    /// <param name="request">Whose.</param>
    /// <param name="serverParts">What the task gives to the server's part.</param>
    /// <exception cref="SplitSessionException">The task has no server's half, or needs other parts.</exception>
    public SplitExchange(ExperimentContext context, SplitSessionRequest request, Payload serverParts)
    {
        ISplitTaskHandler handler = SplitTaskCatalog.Find(request.Task)
            ?? throw new SplitSessionException($"The task '{request.Task}' has no part that a server trains: coordinator and node are of different versions.");
        if ((uint)request.Client >= (uint)context.Clients.Count)
            throw new SplitSessionException($"There is no client {request.Client}; the experiment has {context.Clients.Count}.");
        decoding = context.SplitPayloads;
        task = handler.Begin(context, serverParts, request.Round, request.Client);
    }

    /// <summary>Decodes what a task gives to the server's part.</summary>
    /// <exception cref="SplitSessionException">The bytes are no payload of this experiment.</exception>
    public static Payload DecodeServerParts(ExperimentContext context, ReadOnlyMemory<byte> bytes) => Decode(bytes, context.SplitPayloads);

    /// <summary>Number of the message that comes next.</summary>
    public int Next => next;

    /// <summary>Answers a message.</summary>
    /// <param name="workspace">A workspace that nobody else uses meanwhile.</param>
    /// <param name="number">Number of the message: <see cref="Next"/>, or it is refused.</param>
    /// <param name="leg">What is asked.</param>
    /// <param name="payload">The encoded payload.</param>
    /// <returns>The encoded reply, valid until the next message.</returns>
    /// <exception cref="SplitSessionException">The message is out of order, repeated, after the end, or cannot be read. The session is over then.</exception>
    public ReadOnlyMemory<byte> Exchange(SplitWorkspace workspace, int number, SplitLeg leg, ReadOnlyMemory<byte> payload)
    {
        if (number != next)
            throw new SplitSessionException($"Message {number} of a split session came where message {next} is next; begin the client's task again.");
        if (isComplete)
            throw new SplitSessionException($"Message {number} came after the session's end; begin the client's task again.");
        next++;
        reply.Encode(task.Exchange(workspace, leg, Decode(payload, decoding with { Positions = task.Positions })));
        isComplete = leg == SplitLeg.Complete;
        return reply.Bytes;
    }

    private static Payload Decode(ReadOnlyMemory<byte> bytes, PayloadContext context)
    {
        try
        {
            return Payload.Decode(bytes, context);
        }
        catch (PayloadException e)
        {
            throw new SplitSessionException($"A message of a split session cannot be read. {e.Message}", e);
        }
    }
}
