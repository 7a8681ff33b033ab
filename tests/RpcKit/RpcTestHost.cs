using System.Net;
using Federated.Protocol.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Federated.RpcKit;

/// <summary>A real server on a free port of the loopback, for tests: HTTP/2 in plain text unless told otherwise.</summary>
public sealed class RpcTestHost : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly List<RpcChannel> channels = [];

    private RpcTestHost(WebApplication application, Uri address)
    {
        this.application = application;
        Address = address;
    }

    /// <summary>Where the server listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts a server.</summary>
    /// <param name="map">Maps services (<see cref="RpcEndpointExtensions.MapRpcService"/>).</param>
    /// <param name="listen">Changes how the server listens, for example with TLS.</param>
    /// <param name="limits">Changes the server's limits.</param>
    /// <param name="logging">Where the log goes; nowhere if null.</param>
    /// <param name="port">A port, for a server that comes back; 0 takes a free one.</param>
    public static async Task<RpcTestHost> StartAsync(
        Action<IEndpointRouteBuilder> map, Action<ListenOptions>? listen = null, Action<KestrelServerLimits>? limits = null, Action<ILoggingBuilder>? logging = null, int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        logging?.Invoke(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.UseRpc();
            limits?.Invoke(kestrel.Limits);
            kestrel.Listen(IPAddress.Loopback, port, options =>
            {
                options.Protocols = HttpProtocols.Http2;
                listen?.Invoke(options);
            });
        });
        builder.Services.AddRpcBuffers();
        WebApplication application = builder.Build();
        map(application);
        await application.StartAsync();
        string bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new RpcTestHost(application, new Uri(bound));
    }

    /// <summary>A channel to the server, which ends with it.</summary>
    public RpcChannel Channel(RpcChannelOptions? options = null)
    {
        var channel = new RpcChannel(Address, options);
        channels.Add(channel);
        return channel;
    }

    /// <summary>Stops the server at once, as if it had died: connections are closed, calls under way end.</summary>
    public async Task StopAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await application.StopAsync(now.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (RpcChannel channel in channels)
            await channel.DisposeAsync();
        await StopAsync();
        await application.DisposeAsync();
    }
}
