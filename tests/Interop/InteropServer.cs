using System.Net;
using Federated.Interop.Testing;
using Federated.Protocol.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static Federated.Protocol.Rpc.Health.V1.HealthCheckResponse.Types;

namespace Federated.Interop;

/// <summary>Our server with the interoperability suite's test service, on a free port.</summary>
internal sealed class InteropServer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly WebApplication application;

    private InteropServer(WebApplication application, TestService service)
    {
        this.application = application;
        Service = service;
        string address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Port = new Uri(address).Port;
    }

    public int Port { get; }

    public TestService Service { get; }

    /// <summary>Starts it; calls are taken when this returns.</summary>
    public static async Task<InteropServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Limits.UseRpc();
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddRpcBuffers();
        WebApplication application = builder.Build();
        var service = new TestService(TimeProvider.System);
        var health = new HealthService();
        health.SetStatus(HealthService.Server, ServingStatus.Serving);
        health.SetStatus("grpc.testing.TestService", ServingStatus.Serving);
        application.MapRpcHealth(health);
        application.MapRpcReflection();
        application.MapRpcService(TestingReflection.Descriptor.Services.Single(static found => found.Name == "TestService"), service, new RpcServiceOptions { Compression = RpcCompression.Gzip });
        await application.StartAsync().WaitAsync(Limit);
        return new InteropServer(application, service);
    }

    public async ValueTask DisposeAsync()
    {
        // Calls that a peer left open are over.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await application.StopAsync(now.Token).WaitAsync(Limit);
        await application.DisposeAsync();
    }
}
