using System.Net;
using System.Net.Sockets;
using Federated.Protocol.Rpc;
using Federated.Protocol.Rpc.Health.V1;
using Federated.Protocol.Rpc.Reflection.V1;
using Xunit;
using static Federated.Protocol.Rpc.Health.V1.HealthCheckResponse.Types;

namespace Federated.Rpc.Tests;

public sealed class HealthHostTests
{
    private static readonly RpcMethod<HealthCheckRequest, HealthCheckResponse> Check = RpcMethod.Of<HealthCheckRequest, HealthCheckResponse>(HealthReflection.Descriptor.Services[0], "Check");
    private static readonly RpcMethod<ServerReflectionRequest, ServerReflectionResponse> Reflect =
        RpcMethod.Of<ServerReflectionRequest, ServerReflectionResponse>(ReflectionReflection.Descriptor.Services[0], "ServerReflectionInfo");

    private readonly HealthService health = new();

    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://localhost:0")]
    public async Task It_says_what_was_set_and_its_changes(string address)
    {
        await using HealthHost host = await HealthHost.StartAsync(new Uri(address), health);
        await using RpcChannel channel = Channel(host);
        health.SetStatus(HealthService.Server, ServingStatus.Serving);
        health.SetStatus("a.B", ServingStatus.NotServing);
        Assert.Equal(ServingStatus.Serving, await AskAsync(channel, ""));
        Assert.Equal(ServingStatus.NotServing, await AskAsync(channel, "a.B"));
        health.SetStatus("a.B", ServingStatus.Serving);
        Assert.Equal(ServingStatus.Serving, await AskAsync(channel, "a.B"));
    }

    [Fact]
    public async Task It_serves_nothing_else()
    {
        await using HealthHost host = await HealthHost.StartAsync(new Uri("http://127.0.0.1:0"), health);
        await using RpcChannel channel = Channel(host);
        await using DuplexCall<ServerReflectionRequest, ServerReflectionResponse> call = channel.Duplex(Reflect);
        RpcException end = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        Assert.Equal(RpcStatusCode.Unimplemented, end.Code);
    }

    [Fact]
    public async Task A_question_longer_than_any_is_refused()
    {
        health.SetStatus(HealthService.Server, ServingStatus.Serving);
        await using HealthHost host = await HealthHost.StartAsync(new Uri("http://127.0.0.1:0"), health);
        await using RpcChannel channel = Channel(host);
        RpcException end = await Assert.ThrowsAsync<RpcException>(() => AskAsync(channel, new string('x', 5000)));
        Assert.Equal(RpcStatusCode.ResourceExhausted, end.Code);
    }

    [Fact]
    public async Task Its_end_is_not_that_of_the_health_which_others_serve()
    {
        HealthHost first = await HealthHost.StartAsync(new Uri("http://127.0.0.1:0"), health);
        await using HealthHost second = await HealthHost.StartAsync(new Uri("http://127.0.0.1:0"), health);
        health.SetStatus(HealthService.Server, ServingStatus.Serving);
        await first.DisposeAsync();
        await using RpcChannel channel = Channel(second);
        Assert.Equal(ServingStatus.Serving, await AskAsync(channel, ""));
    }

    [Fact]
    public async Task An_address_that_is_taken_or_encrypted_is_refused()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        await Assert.ThrowsAnyAsync<IOException>(() => HealthHost.StartAsync(new Uri($"http://{taken.LocalEndpoint}"), health).WaitAsync(ProbeMethods.Limit));
        await Assert.ThrowsAsync<ArgumentException>(() => HealthHost.StartAsync(new Uri("https://127.0.0.1:0"), health));
    }

    private static RpcChannel Channel(HealthHost host) => new(new UriBuilder(host.Address) { Host = "127.0.0.1" }.Uri);

    private static async Task<ServingStatus> AskAsync(RpcChannel channel, string service) =>
        (await channel.UnaryAsync(Check, new HealthCheckRequest { Service = service }).WaitAsync(ProbeMethods.Limit)).Status;
}
