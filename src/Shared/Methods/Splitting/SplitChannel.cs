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
    /// <param name="message">What is sent. A message's envelope is booked with its first part.</param>
    /// <param name="context">What the reply is decoded in.</param>
    /// <exception cref="SplitSessionException">The session cannot go on.</exception>
    public Payload Exchange(SplitLeg leg, Payload message, PayloadContext context)
    {
        session ??= server.Open(request, cancel);
        buffer.Encode(message);
        bool isCharged = leg != SplitLeg.Complete;
        if (isCharged)
            Count(buffer.Parts);
        ReadOnlyMemory<byte> reply = session.Exchange(next++, leg, buffer.Bytes, cancel);
        try
        {
            var payload = Payload.Decode(reply, context);
            if (isCharged)
                Count(EncodedPayload.SizesOf(reply.Span));
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

    private void Count(IReadOnlyList<PartSize> sizes)
    {
        // A reply without parts says that the message arrived, as the network does for any message: it carries nothing of the method and is not booked.
        for (int i = 1; i < sizes.Count; i++)
            bytes[sizes[i].Kind] = bytes.GetValueOrDefault(sizes[i].Kind) + sizes[i].Bytes + (i == 1 ? sizes[0].Bytes : 0);
    }
}
