using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Federated.Coordinator.Security;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Federated.Coordinator.Tests.Security;

/// <summary>Real handshakes on loopback.</summary>
public sealed class TlsTests : IDisposable
{
    private const string NodeToken = "the-token-of-node-one";
    private const string WrongToken = "a-token-that-nobody-has";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly RpcMethod<ListRequest, ListReply> List = RpcMethod.Of<ListRequest, ListReply>(RunsReflection.Descriptor.Services[0], "List");
    private static readonly RpcMethod<SubmitRequest, SubmitReply> Submit = RpcMethod.Of<SubmitRequest, SubmitReply>(RunsReflection.Descriptor.Services[0], "Submit");

    private readonly SampleCertificates certificates = new();
    private readonly SampleCertificates others = new();
    private readonly LogCatcher log = new();

    public void Dispose()
    {
        certificates.Dispose();
        others.Dispose();
    }

    [Fact]
    public async Task A_caller_is_who_its_certificate_says()
    {
        await using WebApplication server = await ServeAsync(certificates["ca.crt"]);

        Assert.Equal("node-1", await SubmitAsync(server, Caller("node-1")));
        Assert.Equal("*.nodes", await SubmitAsync(server, Caller("nodes")));
        Assert.Equal(RpcStatusCode.PermissionDenied, await CodeAsync(() => SubmitAsync(server, Caller("me"))));
        Assert.Equal("me", await ListAsync(server, Caller("me")));
        Assert.Equal(RpcStatusCode.Unauthenticated, await CodeAsync(() => SubmitAsync(server, Caller(null))));
    }

    [Fact]
    public async Task A_certificate_from_elsewhere_or_for_something_else_or_over_gets_no_connection()
    {
        using SampleCertificates old = new(FixedTime.InDays(-400));
        File.Copy(old["ca.crt"], certificates["old-ca.crt"]);
        await File.AppendAllTextAsync(certificates["both.crt"], await File.ReadAllTextAsync(certificates["ca.crt"]) + await File.ReadAllTextAsync(old["ca.crt"]));
        await using WebApplication server = await ServeAsync(certificates["both.crt"]);
        SslClientAuthenticationOptions foreign = ClientTls.Load(certificates["ca.crt"], others["node-1.crt"], others["node-1.key"], TimeProvider.System);
        SslClientAuthenticationOptions expired = ClientTls.Load(null, old["node-1.crt"], old["node-1.key"], FixedTime.InDays(-300));
        expired.CertificateChainPolicy = foreign.CertificateChainPolicy; // it trusts the server: only its own certificate is wrong
        SslClientAuthenticationOptions wrongUsage = ClientTls.Load(certificates["ca.crt"], null, null, TimeProvider.System);
        wrongUsage.ClientCertificateContext = SslStreamCertificateContext.Create(
            CertificateFiles.LoadOwn(certificates["coordinator.crt"], certificates["coordinator.key"], CertificateFiles.ServerUsage, TimeProvider.System)[0], null, offline: true);

        foreach (SslClientAuthenticationOptions tls in new[] { foreign, expired, wrongUsage })
            Assert.Equal(RpcStatusCode.Unavailable, await CodeAsync(() => SubmitAsync(server, new RpcChannelOptions { Tls = tls })));
        // The others still get theirs.
        Assert.Equal("node-1", await SubmitAsync(server, Caller("node-1")));
    }

    [Fact]
    public async Task A_caller_does_not_speak_to_a_coordinator_of_another_authority_or_of_another_name()
    {
        await using WebApplication server = await ServeAsync(certificates["ca.crt"]);

        RpcException foreign = await Assert.ThrowsAsync<RpcException>(() => SubmitAsync(server, Caller("node-1", others["ca.crt"])));
        Assert.Equal(RpcStatusCode.Unavailable, foreign.Status.Code);
        Assert.Contains("certificate", foreign.ToString(), StringComparison.OrdinalIgnoreCase);
        // The certificate names 127.0.0.1 and localhost, not every address of loopback.
        UriBuilder elsewhere = new(server.Urls.Single()) { Host = "127.0.0.2" };
        Assert.Equal(RpcStatusCode.Unavailable, await CodeAsync(() => CallAsync(elsewhere.Uri, Caller("node-1"))));
    }

    [Fact]
    public async Task Old_versions_of_tls_are_not_spoken()
    {
        await using WebApplication server = await ServeAsync(certificates["ca.crt"]);
        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, new Uri(server.Urls.Single()).Port).WaitAsync(Limit);
        await using SslStream stream = new(tcp.GetStream());
        SslClientAuthenticationOptions options = ClientTls.Load(certificates["ca.crt"], null, null, TimeProvider.System);
        options.TargetHost = "localhost";
#pragma warning disable SYSLIB0039, CA5397 // the point of the test
        options.EnabledSslProtocols = SslProtocols.Tls11;
#pragma warning restore SYSLIB0039, CA5397

        await Assert.ThrowsAnyAsync<Exception>(() => stream.AuthenticateAsClientAsync(options).WaitAsync(Limit));

        Assert.False(stream.IsAuthenticated);
    }

    [Fact]
    public async Task A_token_says_who_calls_and_neither_tokens_nor_keys_are_in_any_log_or_message()
    {
        TokenTable tokens = TokenTable.Load(certificates.Write("tokens", $"node node-1 {NodeToken}\n"));
        await using WebApplication server = await ServeAsync(null, Authenticator.Of(needsCertificate: false, tokens));
        StringBuilder said = new();
        RpcChannelOptions right = With(NodeToken), wrong = With(WrongToken);

        Assert.Equal("node-1", await SubmitAsync(server, right));
        foreach (Func<Task> failing in (Func<Task>[])[
            () => SubmitAsync(server, wrong),
            () => SubmitAsync(server, Caller(null)),
            () => ListAsync(server, right),
            () => SubmitAsync(server, right with { Tls = ClientTls.Load(others["ca.crt"], null, null, TimeProvider.System) }),
            () => CallAsync(new Uri("https://127.0.0.1:1"), right)])
        {
            RpcException failure = await Assert.ThrowsAsync<RpcException>(failing);
            said.AppendLine(failure.ToString()).AppendLine(failure.Status.ToString());
        }

        Assert.Equal(RpcStatusCode.Unauthenticated, await CodeAsync(() => SubmitAsync(server, wrong)));
        said.AppendLine(right.ToString()).AppendLine(tokens.ToString()).Append(log.Text);
        Assert.Contains("Submit", log.Text, StringComparison.Ordinal); // the log was caught
        foreach (string secret in certificates.Secrets.Concat([NodeToken, WrongToken]))
            Assert.DoesNotContain(secret, said.ToString(), StringComparison.Ordinal);
    }

    private RpcChannelOptions With(string token)
    {
        CallerCredentials credentials = new(certificates["ca.crt"], null, null, certificates.Write("token", token + "\n"), IsInsecureAllowed: false);
        return credentials.Apply(new Uri("https://localhost"), new RpcChannelOptions(), TimeProvider.System);
    }

    private RpcChannelOptions Caller(string? name, string? authority = null)
    {
        CallerCredentials credentials = new(authority ?? certificates["ca.crt"], name is null ? null : certificates[$"{name}.crt"], name is null ? null : certificates[$"{name}.key"], null, false);
        return credentials.Apply(new Uri("https://localhost"), new RpcChannelOptions(), TimeProvider.System);
    }

    private async Task<WebApplication> ServeAsync(string? clientAuthority, Authenticator? authenticator = null)
    {
        ServerTls tls = ServerTls.Load(certificates["coordinator.crt"], certificates["coordinator.key"], clientAuthority, TimeProvider.System);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.UseRpc();
            kestrel.Listen(IPAddress.Any, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                tls.Apply(listen);
            });
        });
        WebApplication application = builder.Build();
        application.MapRpcService(RunsReflection.Descriptor.Services[0], new RoleProbe(authenticator ?? Authenticator.Of(clientAuthority is not null, null)));
        await application.StartAsync().WaitAsync(Limit);
        return application;
    }

    private static Uri AddressOf(WebApplication server) => new UriBuilder(server.Urls.Single()) { Host = "127.0.0.1" }.Uri;

    private static Task<string> SubmitAsync(WebApplication server, RpcChannelOptions options) => CallAsync(AddressOf(server), options);

    private static async Task<string> CallAsync(Uri address, RpcChannelOptions options)
    {
        await using RpcChannel channel = new(address, options);
        return (await channel.UnaryAsync(Submit, new SubmitRequest()).WaitAsync(Limit)).Run.Run;
    }

    private static async Task<string> ListAsync(WebApplication server, RpcChannelOptions options)
    {
        await using RpcChannel channel = new(AddressOf(server), options);
        return (await channel.UnaryAsync(List, new ListRequest()).WaitAsync(Limit)).Nodes.Single().Node;
    }

    private static async Task<RpcStatusCode> CodeAsync(Func<Task<string>> call) => (await Assert.ThrowsAsync<RpcException>(call)).Status.Code;
}
