using Federated.ClientNode.Splitting;
using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;
using Xunit;

namespace Federated.ClientNode.Tests.Splitting;

/// <summary>Which host runs the body of which client.</summary>
public sealed class SplitHostRosterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string[] Three = ["http://a:1", "http://b:1", "http://c:1"];

    [Fact]
    public async Task A_client_comes_to_the_same_host_and_clients_to_all_hosts()
    {
        await using SplitHostRoster roster = new(Open);
        await using SplitHostRoster other = new(Open);
        roster.Set(Three, null);
        other.Set([.. Three.Reverse()], null);

        string[] chosen = await ChooseAllAsync(roster);

        Assert.Equal(chosen, await ChooseAllAsync(roster));
        Assert.Equal(chosen, await ChooseAllAsync(other));
        Assert.All(Three, address => Assert.InRange(chosen.Count(host => host == address), 60, 140)); // of 300
    }

    [Fact]
    public async Task When_a_host_goes_only_its_own_clients_change_places()
    {
        await using SplitHostRoster roster = new(Open);
        roster.Set(Three, null);
        string[] before = await ChooseAllAsync(roster);

        roster.Set(Three[..2], null);
        string[] after = await ChooseAllAsync(roster);

        for (int client = 0; client < before.Length; client++)
        {
            if (before[client] != Three[2])
                Assert.Equal(before[client], after[client]);
            else
                Assert.NotEqual(Three[2], after[client]);
        }
    }

    [Fact]
    public async Task The_host_that_lost_a_session_is_avoided_where_there_is_another()
    {
        await using SplitHostRoster roster = new(Open);
        roster.Set(Three[..2], null);
        SplitClient first = await roster.ChooseAsync(5, null, CancellationToken.None).WaitAsync(Limit);

        Assert.NotSame(first, await roster.ChooseAsync(5, first, CancellationToken.None).WaitAsync(Limit));
        roster.Set([Address(first)], null);
        Assert.Same(first, await roster.ChooseAsync(5, first, CancellationToken.None).WaitAsync(Limit));
    }

    [Fact]
    public async Task A_client_waits_while_there_is_no_host()
    {
        await using SplitHostRoster roster = new(Open);
        Task<SplitClient> choosing = roster.ChooseAsync(5, null, CancellationToken.None);
        using CancellationTokenSource cancel = new();
        Task<SplitClient> cancelled = roster.ChooseAsync(5, null, cancel.Token);
        Assert.False(choosing.IsCompleted);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Limit));
        roster.Set(["http://a:1"], null);
        Assert.Equal("http://a:1", Address(await choosing.WaitAsync(Limit)));
    }

    [Fact]
    public async Task A_host_that_is_gone_is_none_any_more_and_one_that_stays_is_the_same()
    {
        await using SplitHostRoster roster = new(Open);
        roster.Set(Three, null);
        Dictionary<string, SplitClient> byAddress = [];
        for (int client = 0; client < 100; client++)
        {
            SplitClient host = await roster.ChooseAsync(client, null, CancellationToken.None).WaitAsync(Limit);
            byAddress[Address(host)] = host;
        }

        roster.Set(Three[..2], null);

        Assert.True(roster.IsThere(byAddress[Three[0]]));
        Assert.False(roster.IsThere(byAddress[Three[2]]));
    }

    [Fact]
    public async Task An_address_that_may_not_be_spoken_to_is_left_out_with_a_notice()
    {
        List<string> said = [];
        await using SplitHostRoster roster = new(static address => address.Host == "b" ? throw new InvalidOperationException("b is not encrypted") : Open(address));

        roster.Set(Three, said.Add);

        Assert.Contains("b is not encrypted", Assert.Single(said), StringComparison.Ordinal);
        Assert.DoesNotContain("http://b:1", await ChooseAllAsync(roster));
    }

    private static RpcChannel Open(Uri address) => new(address, new RpcChannelOptions());

    private static string Address(SplitClient host) => host.Address.GetLeftPart(UriPartial.Authority);

    private static async Task<string[]> ChooseAllAsync(SplitHostRoster roster)
    {
        string[] chosen = new string[300];
        for (int client = 0; client < chosen.Length; client++)
            chosen[client] = Address(await roster.ChooseAsync(client, null, CancellationToken.None).WaitAsync(Limit));
        return chosen;
    }
}
