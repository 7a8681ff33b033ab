using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Federated.Protocol.Rpc;

/// <summary>
/// A listener that serves <c>grpc.health.v1</c> and nothing else, without encryption: for probes that have no certificate, such as those of Kubernetes, of a process that serves something else or nothing.
/// </summary>
public sealed class HealthHost : IAsyncDisposable
{
    private readonly WebApplication application;

    private HealthHost(WebApplication application) => this.application = application;

    /// <summary>Begins to listen.</summary>
    /// <param name="address">An <c>http</c> address: an IP address of this machine, or any name for all of them; and a port.</param>
    /// <param name="health">What is said.</param>
    /// <param name="cancel">Stops the start.</param>
    /// <exception cref="IOException">The address is taken, or not of this machine.</exception>
    public static async Task<HealthHost> StartAsync(Uri address, HealthService health, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(address);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.UseRpc();
            kestrel.Listen(
                IPAddress.TryParse(address.IdnHost, out IPAddress? ip) ? ip : IPAddress.IPv6Any, address.Port, static options => options.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddRoutingCore();
        WebApplication built = builder.Build();
        built.UseRouting();
        built.MapRpcHealth(health);
        try
        {
            await built.StartAsync(cancel);
        }
        catch
        {
            await built.DisposeAsync();
            throw;
        }

        return new HealthHost(built);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => application.DisposeAsync();
}
