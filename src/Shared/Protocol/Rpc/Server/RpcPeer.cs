using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;

namespace Federated.Protocol.Rpc;

/// <summary>Who calls.</summary>
public readonly struct RpcPeer
{
    private readonly HttpContext http;

    internal RpcPeer(HttpContext http) => this.http = http;

    /// <summary>Where the connection comes from; null where there is no network.</summary>
    public IPAddress? Address => http.Connection.RemoteIpAddress;

    /// <summary>The port at <see cref="Address"/>.</summary>
    public int Port => http.Connection.RemotePort;

    /// <summary>The certificate that the client proved itself with; null without mutual TLS.</summary>
    public X509Certificate2? Certificate => http.Connection.ClientCertificate;

    /// <summary>The name that authentication gave the caller; null without one.</summary>
    public string? Identity => http.User.Identity is { IsAuthenticated: true } identity ? identity.Name : null;

    /// <inheritdoc/>
    public override string ToString() => Identity ?? (Address is { } address ? new IPEndPoint(address, Port).ToString() : "unknown");
}
