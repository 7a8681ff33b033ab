using System.Security.Cryptography.X509Certificates;
using Federated.Coordinator.Security;
using Federated.Protocol.Rpc;
using Xunit;

namespace Federated.Coordinator.Tests.Security;

public sealed class AuthenticatorTests : IDisposable
{
    private const string NodeToken = "the-token-of-node-one";
    private const string UserToken = "the-token-of-the-user";

    private readonly SampleCertificates certificates = new();
    private readonly TokenTable tokens;

    public AuthenticatorTests() => tokens = TokenTable.Load(certificates.Write("tokens", $"node node-1 {NodeToken}\nuser me {UserToken}\n"));

    public void Dispose() => certificates.Dispose();

    [Fact]
    public void Without_certificates_and_tokens_everybody_may_do_everything_under_any_name()
    {
        Identity anyone = Authenticator.Of(needsCertificate: false, null).Require(null, null, Role.User);

        Assert.Same(Identity.Anyone, anyone);
        Assert.True(anyone.IsNamed("whoever"));
    }

    [Fact]
    public void A_certificate_says_name_and_role()
    {
        Authenticator authenticator = Authenticator.Of(needsCertificate: true, null);

        Assert.Equal(new Identity(Role.Node, "node-1"), authenticator.Require(Certificate("node-1"), null, Role.Node));
        Assert.Equal(new Identity(Role.User, "me"), authenticator.Require(Certificate("me"), null, Role.User));
        Assert.Equal(RpcStatusCode.PermissionDenied, CodeOf(() => authenticator.Require(Certificate("node-1"), null, Role.User)));
        Assert.Equal(RpcStatusCode.PermissionDenied, CodeOf(() => authenticator.Require(Certificate("me"), null, Role.Node)));
        Assert.Equal(RpcStatusCode.Unauthenticated, CodeOf(() => authenticator.Require(null, null, Role.Node)));
        Assert.Equal(RpcStatusCode.Unauthenticated, CodeOf(() => authenticator.Require(null, NodeToken, Role.Node)));
        // A coordinator is nobody's client.
        Assert.Equal(RpcStatusCode.Unauthenticated, CodeOf(() => authenticator.Require(Certificate("coordinator"), null, Role.Node)));
    }

    [Fact]
    public void A_token_says_name_and_role()
    {
        Authenticator authenticator = Authenticator.Of(needsCertificate: false, tokens);

        Assert.Equal(new Identity(Role.Node, "node-1"), authenticator.Require(null, NodeToken, Role.Node));
        Assert.Equal(RpcStatusCode.PermissionDenied, CodeOf(() => authenticator.Require(null, UserToken, Role.Node)));
        Assert.Equal(RpcStatusCode.Unauthenticated, CodeOf(() => authenticator.Require(null, null, Role.Node)));
        Assert.Equal(RpcStatusCode.Unauthenticated, CodeOf(() => authenticator.Require(null, NodeToken + "!", Role.Node)));
    }

    [Fact]
    public void Where_both_are_asked_for_both_are_needed_and_of_the_same()
    {
        Authenticator authenticator = Authenticator.Of(needsCertificate: true, tokens);

        Assert.Equal(new Identity(Role.Node, "node-1"), authenticator.Require(Certificate("node-1"), NodeToken, Role.Node));
        Assert.Equal(RpcStatusCode.Unauthenticated, CodeOf(() => authenticator.Require(Certificate("node-1"), null, Role.Node)));
        Assert.Equal(RpcStatusCode.Unauthenticated, CodeOf(() => authenticator.Require(null, NodeToken, Role.Node)));
        Assert.Equal(RpcStatusCode.Unauthenticated, CodeOf(() => authenticator.Require(Certificate("me"), NodeToken, Role.Node)));
    }

    [Theory]
    [InlineData("node-1", "node-1", true)]
    [InlineData("node-1", "node-2", false)]
    [InlineData("*.nodes", "pod-7.nodes", true)]
    [InlineData("*.nodes", ".nodes", false)]
    [InlineData("*.nodes", "nodes", false)]
    [InlineData("*.nodes", "a.b.nodes", false)]
    [InlineData("*.nodes", "pod-7.others", false)]
    [InlineData("*.nodes", "*.nodes", true)]
    [InlineData("node-1", "NODE-1", false)]
    public void A_name_is_that_of_the_certificate_or_one_label_below_its_suffix(string proven, string said, bool isNamed)
    {
        Identity identity = new(Role.Node, proven);

        Assert.Equal(isNamed, identity.IsNamed(said));
        if (isNamed)
            identity.RequireName(said);
        else
            Assert.Equal(RpcStatusCode.PermissionDenied, CodeOf(() => identity.RequireName(said)));
    }

    [Theory]
    [InlineData("http://127.0.0.1:7070", false, false, true)]
    [InlineData("http://[::1]:7070", false, false, true)]
    [InlineData("http://localhost:7070", false, false, true)]
    [InlineData("http://0.0.0.0:7070", true, false, false)]
    [InlineData("http://10.0.0.1:7070", true, false, false)]
    [InlineData("http://coordinator.example:7070", true, false, false)]
    [InlineData("http://localhost.example:7070", true, false, false)]
    [InlineData("http://0.0.0.0:7070", false, true, true)]
    [InlineData("https://0.0.0.0:7070", true, false, true)]
    [InlineData("https://0.0.0.0:7070", false, false, false)]
    [InlineData("https://0.0.0.0:7070", false, true, true)]
    [InlineData("https://127.0.0.1:7070", false, false, true)]
    public void Only_this_machine_is_served_without_encryption_or_without_asking_who_calls(string listen, bool knowsCallers, bool isInsecureAllowed, bool isAllowed)
    {
        Exception? failure = Record.Exception(() => EndpointPolicy.CheckListen(new Uri(listen), knowsCallers, isInsecureAllowed));

        Assert.Equal(isAllowed ? null : AccessError.Unprotected, (failure as AccessException)?.Error);
    }

    [Theory]
    [InlineData("http://127.0.0.1:7070", false, true)]
    [InlineData("https://coordinator.example:7070", false, true)]
    [InlineData("http://coordinator.example:7070", false, false)]
    [InlineData("http://coordinator.example:7070", true, true)]
    public void Another_machine_is_not_spoken_to_without_encryption(string coordinator, bool isInsecureAllowed, bool isAllowed)
    {
        Exception? failure = Record.Exception(() => EndpointPolicy.CheckCoordinator(new Uri(coordinator), isInsecureAllowed));

        Assert.Equal(isAllowed ? null : AccessError.Unprotected, (failure as AccessException)?.Error);
    }

    private static RpcStatusCode CodeOf(Action action) => Assert.Throws<RpcException>(action).Status.Code;

    private X509Certificate2 Certificate(string name) => CertificateFiles.LoadCertificates(certificates.Files.CertificateOf(name))[0];
}
