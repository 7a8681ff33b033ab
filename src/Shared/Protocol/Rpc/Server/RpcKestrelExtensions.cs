using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Federated.Protocol.Rpc;

/// <summary>How Kestrel listens for calls, with limits that suit long-lived streams.</summary>
public static class RpcKestrelExtensions
{
    /// <summary>Listens for calls at an address: HTTP/2 only, with the limits of <see cref="UseRpc"/>, and without saying what the server is.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="address">An IP address of this machine, <c>localhost</c>, or any other name for all of its addresses; and a port, 0 for a free one.</param>
    /// <param name="configure">What else the listener needs, such as TLS.</param>
    public static void ListenRpc(this KestrelServerOptions kestrel, Uri address, Action<ListenOptions>? configure = null)
    {
        void Configure(ListenOptions options)
        {
            options.Protocols = HttpProtocols.Http2;
            configure?.Invoke(options);
        }

        kestrel.AddServerHeader = false;
        kestrel.Limits.UseRpc();
        if (IPAddress.TryParse(address.IdnHost, out IPAddress? ip))
            kestrel.Listen(ip, address.Port, Configure);
        else if (!string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase))
            kestrel.ListenAnyIP(address.Port, Configure);
        else if (address.Port != 0)
            kestrel.ListenLocalhost(address.Port, Configure);
        else
            kestrel.Listen(IPAddress.Loopback, 0, Configure); // one free port cannot be had for both loopback addresses
    }

    /// <summary>The address with the port that the started server has got.</summary>
    public static Uri BoundAddress(this WebApplication application, Uri address)
    {
        string bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new UriBuilder(address) { Port = new Uri(bound).Port }.Uri;
    }

    /// <summary>
    /// Sets what calls need: no lowest rate at which a client must read (a node that trains reads nothing meanwhile; <see cref="RpcServiceOptions.LongestWrite"/> bounds it), pings that notice lost
    /// clients, and windows of flow control that let one stream have a chunk of 1 MiB on its way without holding up its neighbours on the connection.
    /// </summary>
    /// <param name="limits">Limits of the server.</param>
    /// <param name="keepAliveDelay">A ping is sent when a connection has been quiet for so long; 20 s.</param>
    /// <param name="keepAliveTimeout">A connection that does not answer for so long is lost; 20 s.</param>
    public static void UseRpc(this KestrelServerLimits limits, TimeSpan? keepAliveDelay = null, TimeSpan? keepAliveTimeout = null)
    {
        limits.MinResponseDataRate = null;
        limits.Http2.KeepAlivePingDelay = keepAliveDelay ?? TimeSpan.FromSeconds(20);
        limits.Http2.KeepAlivePingTimeout = keepAliveTimeout ?? TimeSpan.FromSeconds(20);
        limits.Http2.InitialStreamWindowSize = 1 << 20;
        limits.Http2.InitialConnectionWindowSize = 4 << 20;
    }
}
