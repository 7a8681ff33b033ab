using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>A client's end of its split session: numbers the messages, encodes and decodes, and counts every byte that crosses the cut by what it was for.</summary>
/// <param name="server">Where the server's part runs.</param>
/// <param name="request">Whose session.</param>
/// <param name="cancel">Ends the session.</param>
public sealed class SplitChannel(ISplitServer server, SplitSessionRequest request, CancellationToken cancel) : IDisposable
{
    private readonly PayloadBuffer buffer = new();
    private readonly SortedDictionary<PartKind, long> bytes = [];
    private ISplitSession? session;
    private int next;

    /// <summary>Messages sent so far, each of which waited for its reply.</summary>
    public int Messages => next;

    /// <summary>Sends a message and returns the decoded reply.</summary>
    /// <param name="leg">What is asked.</param>
    /// <param name="message">What is sent: the bytes of all of it are booked under the kind of its first part, and the reply's likewise.</param>
    /// <param name="context">What the reply is decoded in.</param>
    /// <exception cref="SplitSessionException">The session cannot go on.</exception>
    public Payload Exchange(SplitLeg leg, Payload message, PayloadContext context)
    {
        session ??= server.Open(request, cancel);
        buffer.Encode(message);
        bool isCharged = leg != SplitLeg.Complete;
        if (isCharged)
            Count(message, buffer.Bytes.Length);
        ReadOnlyMemory<byte> reply = session.Exchange(next++, leg, buffer.Bytes, cancel);
        try
        {
            var payload = Payload.Decode(reply, context);
            if (isCharged)
                Count(payload, reply.Length);
            return payload;
        }
        catch (PayloadException e)
        {
            throw new SplitSessionException($"The reply to message {next - 1} of a split session cannot be read. {e.Message}", e);
        }
    }

    /// <summary>The bytes that crossed the cut, headers included, by what they were for: a kind says which way it goes.</summary>
    public IReadOnlyList<PartSize> Crossed() => [.. bytes.Select(static leg => new PartSize(leg.Key, leg.Value))];

    /// <inheritdoc/>
    public void Dispose() => session?.Dispose();

    private void Count(Payload payload, int length)
    {
        // An empty reply is an acknowledgement; its envelope crosses all the same.
        PartKind kind = payload.Parts.Count == 0 ? PartKind.Envelope : payload.Parts[0].Kind;
        bytes[kind] = bytes.GetValueOrDefault(kind) + length;
    }
}
