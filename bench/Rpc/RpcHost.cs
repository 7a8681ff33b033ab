using System.Net;
using Federated.Protocol.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Federated.Bench.Rpc;

/// <summary>A server on a free port of this machine, without TLS and without a log.</summary>
internal static class RpcHost
{
    /// <summary>Starts it.</summary>
    /// <param name="map">Maps its services.</param>
    /// <returns>The server and its address.</returns>
    public static async Task<(WebApplication Server, Uri Address)> StartAsync(Action<WebApplication> map)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Limits.UseRpc();
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddRpcBuffers();
        WebApplication server = builder.Build();
        map(server);
        await server.StartAsync();
        return (server, new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()));
    }
}
