using Federated.Protocol.Rpc;
using Federated.Protocol.Rpc.Health.V1;
using Federated.RpcKit;
using Xunit;
using static Federated.Protocol.Rpc.Health.V1.HealthCheckResponse.Types;

namespace Federated.Rpc.Tests;

/// <summary>grpc.health.v1.</summary>
public sealed class HealthTests : IAsyncLifetime
{
    private static readonly RpcMethod<HealthCheckRequest, HealthCheckResponse> Check = RpcMethod.Of<HealthCheckRequest, HealthCheckResponse>(HealthReflection.Descriptor.Services[0], "Check");
    private static readonly RpcMethod<HealthListRequest, HealthListResponse> List = RpcMethod.Of<HealthListRequest, HealthListResponse>(HealthReflection.Descriptor.Services[0], "List");
    private static readonly RpcMethod<HealthCheckRequest, HealthCheckResponse> Watch = RpcMethod.Of<HealthCheckRequest, HealthCheckResponse>(HealthReflection.Descriptor.Services[0], "Watch");

    private readonly HealthService health = new();
    private RpcTestHost host = null!;
    private RpcChannel channel = null!;

    public async Task InitializeAsync()
    {
        host = await RpcTestHost.StartAsync(routes => routes.MapRpcHealth(health));
        channel = host.Channel();
    }

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Fact]
    public async Task Check_says_what_was_set()
    {
        health.SetStatus(HealthService.Server, ServingStatus.Serving);
        health.SetStatus("a.B", ServingStatus.NotServing);

        Assert.Equal(ServingStatus.Serving, (await channel.UnaryAsync(Check, new HealthCheckRequest()).WaitAsync(ProbeMethods.Limit)).Status);
        Assert.Equal(ServingStatus.NotServing, (await channel.UnaryAsync(Check, new HealthCheckRequest { Service = "a.B" }).WaitAsync(ProbeMethods.Limit)).Status);
        HealthListResponse list = await channel.UnaryAsync(List, new HealthListRequest()).WaitAsync(ProbeMethods.Limit);
        Assert.Equal(["", "a.B"], list.Statuses.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_unknown_service_is_not_found()
    {
        RpcException end = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(Check, new HealthCheckRequest { Service = "nobody" }).WaitAsync(ProbeMethods.Limit));

        Assert.Equal(RpcStatusCode.NotFound, end.Code);
    }

    [Fact]
    public async Task Watch_tells_every_change_until_the_server_stops()
    {
        await using ServerStreamingCall<HealthCheckResponse> watch = channel.ServerStreaming(Watch, new HealthCheckRequest { Service = "later" });
        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync(watch));

        health.SetStatus("other", ServingStatus.Serving);
        health.SetStatus("later", ServingStatus.Serving);
        Assert.Equal(ServingStatus.Serving, await NextAsync(watch));
        health.SetStatus("later", ServingStatus.Serving);
        health.SetStatus("later", ServingStatus.NotServing);
        Assert.Equal(ServingStatus.NotServing, await NextAsync(watch));
        health.SetStatus("later", ServingStatus.Serving);
        Assert.Equal(ServingStatus.Serving, await NextAsync(watch));

        health.Stop();
        Assert.Equal(ServingStatus.NotServing, await NextAsync(watch));
        RpcException end = await Assert.ThrowsAsync<RpcException>(() => NextAsync(watch));
        Assert.Equal(RpcStatusCode.Unavailable, end.Code);
    }

    private static async Task<ServingStatus?> NextAsync(ServerStreamingCall<HealthCheckResponse> watch) => (await watch.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit))?.Status;
}
