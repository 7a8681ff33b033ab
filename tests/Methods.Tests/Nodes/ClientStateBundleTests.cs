using Federated.Methods.Clients;
using Federated.Methods.Nodes;
using Xunit;

namespace Federated.Methods.Tests.Nodes;

public sealed class ClientStateBundleTests
{
    // A state of one part of two bytes, and the empty one.
    private static readonly byte[] State = [1, 2, 0, 0, 0, 8, 9];

    [Fact]
    public void States_come_back_with_their_clients()
    {
        byte[] bytes = ClientStateBundle.Encode([new(3, State), new(700, default)]);
        Assert.Equal([3, 0, 0, 0, 7, 0, 0, 0, .. State, 0xBC, 2, 0, 0, 0, 0, 0, 0], bytes);
        Assert.Equal(bytes.Length, ClientStateBundle.LargestBytes([State.Length, 0]) + ClientStateBundle.HeadBytes);

        IReadOnlyList<ClientStateChange> again = ClientStateBundle.Decode(bytes, static client => client is 3 or 700 ? 7 : null);
        Assert.Equal([3, 700], again.Select(static state => state.Client));
        Assert.Equal(State, again[0].State.ToArray());
        Assert.True(again[1].State.IsEmpty);
        Assert.Empty(ClientStateBundle.Decode(default, static _ => null));
    }

    [Fact]
    public void What_is_too_large_or_of_somebody_else_is_refused()
    {
        byte[] bytes = ClientStateBundle.Encode([new(3, State)]);
        Refused(bytes, limit: 6);
        Refused(bytes[..^1], limit: 7);
        Refused(bytes[..5], limit: 7);
        Refused([.. bytes, .. bytes], limit: 7); // twice
        Refused([3, 0, 0, 0, 255, 255, 255, 127, .. State], limit: int.MaxValue); // two gigabytes announced
        Refused([3, 0, 0, 0, 255, 255, 255, 255, .. State], limit: 7);
        Refused([255, 255, 255, 255, 0, 0, 0, 0], limit: 7);
        Refused(ClientStateBundle.Encode([new(3, new byte[] { 1, 2, 3 })]), limit: 7); // no state
        Assert.Throws<ClientStateException>(() => ClientStateBundle.Decode(bytes, static _ => null));
    }

    private static void Refused(byte[] bytes, int limit) => Assert.Throws<ClientStateException>(() => ClientStateBundle.Decode(bytes, _ => limit));
}
