using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Federated.Protocol.Rpc;

/// <summary>
/// Serves <c>grpc.health.v1</c>, and nothing else, without TLS at an address of its own: for probes that have no certificate, as those of Kubernetes. A server of its own, so that nothing
/// that is served with care elsewhere can be reached here.
/// </summary>
public sealed class HealthHost : IAsyncDisposable
{
    // A probe asks one short question on a connection of its own; more at once than this are no probes.
    private const int MostConnections = 64;
    private const int LargestQuestion = 4 << 10;

    private readonly WebApplication application;

    private HealthHost(WebApplication application, Uri address)
    {
        this.application = application;
        Address = address;
    }

    /// <summary>Where it listens, with the port that it got.</summary>
    public Uri Address { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="address"><c>http</c>, an address of this machine (0.0.0.0: all of them; a name other than localhost: all of them, too), a port; 0 takes a free one.</param>
    /// <param name="health">What is said. Stays the caller's, and is not stopped with the listener.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ArgumentException">The address is not one of plain text.</exception>
    /// <exception cref="IOException">It is taken, or not of this machine.</exception>
    public static async Task<HealthHost> StartAsync(Uri address, HealthService health, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(health);
        if (address.Scheme != Uri.UriSchemeHttp)
            throw new ArgumentException($"{address}: health is served without TLS, at http://…", nameof(address));
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenRpc(address);
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
        });
        builder.Services.AddRoutingCore();
        WebApplication application = builder.Build();
        try
        {
            application.UseRouting();
            application.MapRpcService(Health.V1.HealthReflection.Descriptor.Services[0], health, new RpcServiceOptions { LargestRequest = LargestQuestion });
            await application.StartAsync(cancel);
            return new HealthHost(application, application.BoundAddress(address));
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops at once: a probe that is under way fails, as the next one will.</summary>
    public async ValueTask DisposeAsync()
    {
        await application.StopAsync(new CancellationToken(canceled: true));
        await application.DisposeAsync();
    }
}
