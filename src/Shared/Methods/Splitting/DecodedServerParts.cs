using Federated.Methods.Clients;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>
/// What a task gives to the server's part, decoded once for all clients that come with the same bytes: frozen values are then one array, which a workspace that holds it does not load again. Keeps the
/// last payload; safe for use by several threads at once.
/// </summary>
/// <param name="context">The experiment.</param>
public sealed class DecodedServerParts(ExperimentContext context)
{
    private readonly Lock gate = new();
    private ReadOnlyMemory<byte> bytes;
    private Payload? payload;

    /// <summary>The decoded payload, which nobody may change.</summary>
    /// <param name="encoded">The bytes; the same array and range as before are not decoded again.</param>
    /// <exception cref="SplitSessionException">The bytes are no payload of this experiment.</exception>
    public Payload Of(ReadOnlyMemory<byte> encoded)
    {
        // Who comes while another decodes waits: decoding it twice would take longer, and twice the memory.
        lock (gate)
        {
            if (payload is null || !bytes.Equals(encoded))
            {
                payload = SplitExchange.DecodeServerParts(context, encoded);
                bytes = encoded;
            }

            return payload;
        }
    }
}
