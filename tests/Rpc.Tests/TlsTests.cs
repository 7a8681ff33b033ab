using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Federated.Rpc.Tests.V1;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>TLS options reach the connection.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly X509Certificate2 server = SelfSigned("localhost");
    private readonly X509Certificate2 node = SelfSigned("node-1");

    public void Dispose()
    {
        server.Dispose();
        node.Dispose();
    }

    [Fact]
    public async Task A_service_sees_the_certificate_of_its_caller()
    {
        string? seen = null;
        await using RpcTestHost host = await StartAsync(new ProbeService().With("peer", call =>
        {
            seen = call.Peer.Certificate?.Thumbprint;
            return Task.CompletedTask;
        }));
        RpcChannel channel = host.Channel(new RpcChannelOptions { Tls = Options(server) });

        await channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest { Script = "peer" }).WaitAsync(ProbeMethods.Limit);

        Assert.Equal(node.Thumbprint, seen);
    }

    [Fact]
    public async Task A_server_that_is_not_trusted_is_unavailable()
    {
        await using RpcTestHost host = await StartAsync(new ProbeService());
        RpcChannel channel = host.Channel(new RpcChannelOptions { Tls = Options(node) });

        RpcException end = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest()).WaitAsync(ProbeMethods.Limit));

        Assert.Equal(RpcStatusCode.Unavailable, end.Code);
    }

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    private Task<RpcTestHost> StartAsync(ProbeService service) => RpcTestHost.StartAsync(
        routes => routes.MapRpcService(ProbeMethods.Service, service),
        listen => listen.UseHttps(server, https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => certificate.Thumbprint == node.Thumbprint;
        }));

    private SslClientAuthenticationOptions Options(X509Certificate2 trusted) => new()
    {
        ClientCertificates = [node],
        RemoteCertificateValidationCallback = (_, certificate, _, _) => (certificate as X509Certificate2)?.Thumbprint == trusted.Thumbprint,
    };
}
