using Xunit;

namespace Federated.ClientNode.Tests.Remote;

public sealed class NodeJoinedTests
{
    [Fact]
    public async Task It_is_told_when_the_node_has_joined_and_when_it_has_lost_the_coordinator()
    {
        await using var harness = new NodeHarness();
        MemoryStreamEnd stream = await harness.Streams.AcceptAsync(NodeHarness.Limit);
        Assert.False(harness.Joins.Reader.TryPeek(out _)); // connected, and not welcome yet
        await stream.GreetAsync(NodeHarness.Limit, heartbeatMilliseconds: 60_000);
        Assert.True(await NextAsync());
        stream.Break();
        Assert.False(await NextAsync());
        await harness.GreetAsync();
        Assert.True(await NextAsync());

        Task<bool> NextAsync() => harness.Joins.Reader.ReadAsync().AsTask().WaitAsync(NodeHarness.Limit);
    }
}
