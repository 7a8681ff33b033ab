using Federated.Methods.Clients;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class ClientStateTests
{
    private const ClientStateKey Second = (ClientStateKey)2;

    [Fact]
    public void Parts_come_back_and_do_not_meet_each_other()
    {
        var state = new ClientState();
        Assert.False(state.IsChanged);
        Assert.Empty(state.Encode());
        state.Set(Second, new byte[] { 9 });
        state.Set(ClientStateKey.DataPruning, new byte[] { 1, 2, 3 });
        Assert.True(state.IsChanged);
        byte[] bytes = state.Encode();
        Assert.Equal([1, 3, 0, 0, 0, 1, 2, 3, 2, 1, 0, 0, 0, 9], bytes);

        ClientState again = ClientState.Decode(bytes);
        Assert.False(again.IsChanged);
        Assert.Equal([1, 2, 3], again.Find(ClientStateKey.DataPruning).ToArray());
        again.Set(ClientStateKey.DataPruning, default);
        Assert.True(again.IsChanged);
        Assert.True(again.Find(ClientStateKey.DataPruning).IsEmpty);
        Assert.Equal([2, 1, 0, 0, 0, 9], again.Encode());
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0 })] // within a head
    [InlineData(new byte[] { 1, 2, 0, 0, 0, 7 })] // a byte short
    [InlineData(new byte[] { 1, 255, 255, 255, 255, 7 })] // four gigabytes
    [InlineData(new byte[] { 2, 1, 0, 0, 0, 5, 1, 1, 0, 0, 0, 5 })] // descending
    [InlineData(new byte[] { 1, 1, 0, 0, 0, 5, 1, 1, 0, 0, 0, 5 })] // twice
    [InlineData(new byte[] { 1, 0, 0, 0, 0 })] // a part of nothing
    [InlineData(new byte[] { 0, 1, 0, 0, 0, 5 })] // no key
    public void Bytes_that_are_no_state_are_refused(byte[] bytes) => Assert.Throws<ClientStateException>(() => ClientState.Decode(bytes));
}
