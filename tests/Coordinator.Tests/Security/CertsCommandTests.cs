using System.Security.Cryptography.X509Certificates;
using Federated.Coordinator.Security;
using Federated.Coordinator.Tests.CommandLine;
using Federated.Coordinator.Tests.Runs;
using Xunit;

namespace Federated.Coordinator.Tests.Security;

public sealed class CertsCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Certs => folder["certs"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Certificates_are_made_that_the_program_takes_and_keys_are_their_owners()
    {
        (int exitCode, string output, string error) = await RunAsync("--host", "coordinator.example", "--host", "10.1.2.3", "--node", "node-1", "--node", "*.pods", "--user", "me");

        Assert.Equal((0, ""), (exitCode, error));
        ServerTls.Load(Path("coordinator.crt"), Path("coordinator.key"), Path("ca.crt"), TimeProvider.System);
        X509Certificate2 coordinator = CertificateFiles.LoadCertificates(Path("coordinator.crt"))[0];
        foreach (string host in new[] { "localhost", "127.0.0.1", "::1", "coordinator.example", "10.1.2.3" })
            Assert.True(coordinator.MatchesHostname(host), host);
        Assert.Equal(new Identity(Role.Node, "node-1"), IdentityOf("node-1"));
        Assert.Equal(new Identity(Role.Node, "*.pods"), IdentityOf("pods"));
        Assert.Equal(new Identity(Role.User, "me"), IdentityOf("me"));
        X509Certificate2 authority = CertificateFiles.LoadCertificates(Path("ca.crt"))[0];
        Assert.InRange((authority.NotAfter - authority.NotBefore).TotalDays, 3650, 3654);
        Assert.InRange((coordinator.NotAfter - coordinator.NotBefore).TotalDays, 365, 367);
        Assert.Equal(5, Directory.EnumerateFiles(Certs, "*.key").Count());
        Assert.Equal(10, Directory.EnumerateFiles(Certs).Count());
        foreach (string key in Directory.EnumerateFiles(Certs, "*.key"))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(key));
        Assert.Contains($"federated serve --listen https://0.0.0.0:7070 --tls-cert {Path("coordinator.crt")} --tls-key {Path("coordinator.key")} --client-ca {Path("ca.crt")}", output, StringComparison.Ordinal);
        Assert.Contains($"federated node --coordinator https://coordinator.example:7070 --ca {Path("ca.crt")} --cert {Path("node-1.crt")} --key {Path("node-1.key")}", output, StringComparison.Ordinal);
        Assert.Contains($"federated submit FILE --coordinator https://coordinator.example:7070 --ca {Path("ca.crt")} --cert {Path("me.crt")} --key {Path("me.key")}", output, StringComparison.Ordinal);
        string all = output + error;
        foreach (string line in Directory.EnumerateFiles(Certs, "*.key").SelectMany(File.ReadAllLines).Where(line => line[0] != '-'))
            Assert.DoesNotContain(line, all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_is_kept_and_signs_more()
    {
        await RunAsync("--node", "node-1");
        string authority = await File.ReadAllTextAsync(Path("ca.crt")), coordinator = await File.ReadAllTextAsync(Path("coordinator.crt"));

        (int exitCode, string output, _) = await RunAsync("--node", "node-2");

        Assert.Equal(0, exitCode);
        Assert.Contains("kept: the authority", output, StringComparison.Ordinal);
        Assert.Equal((authority, coordinator), (await File.ReadAllTextAsync(Path("ca.crt")), await File.ReadAllTextAsync(Path("coordinator.crt"))));
        ServerTls tls = ServerTls.Load(Path("coordinator.crt"), Path("coordinator.key"), Path("ca.crt"), TimeProvider.System);
        foreach (string node in new[] { "node-1", "node-2" })
            Assert.True(tls.IsTrusted(CertificateFiles.LoadCertificates(Path(node + ".crt"))[0], null), node);
        Assert.False(tls.IsTrusted(CertificateFiles.LoadCertificates(Path("coordinator.crt"))[0], null));
    }

    [Fact]
    public async Task A_key_is_written_over_only_by_force_and_nothing_else_is_written_then()
    {
        await RunAsync("--node", "node-1");
        string key = await File.ReadAllTextAsync(Path("node-1.key"));

        foreach (string[] arguments in new[] { ["--node", "node-2", "--node", "node-1"], ["--user", "node-1"], new[] { "--host", "elsewhere" } })
        {
            (int exitCode, _, string error) = await RunAsync(arguments);
            Assert.Equal(2, exitCode);
            Assert.Contains("--force", error, StringComparison.Ordinal);
        }

        Assert.Equal(key, await File.ReadAllTextAsync(Path("node-1.key")));
        Assert.False(File.Exists(Path("node-2.key")));
        string authority = await File.ReadAllTextAsync(Path("ca.key"));
        Assert.Equal(0, (await RunAsync("--node", "node-1", "--force")).ExitCode);
        Assert.NotEqual(key, await File.ReadAllTextAsync(Path("node-1.key")));
        Assert.Equal(authority, await File.ReadAllTextAsync(Path("ca.key")));
    }

    [Theory]
    [InlineData("--node Node_1", "--node Node_1: a name is")]
    [InlineData("--node ca", "this name is taken")]
    [InlineData("--user coordinator", "this name is taken")]
    [InlineData("--node a --user a", "'a' is named twice")]
    [InlineData("--node *.a --user a", "is named twice")]
    [InlineData("--node ../a", "a name is")]
    [InlineData("--host https://x", "is no host's name or address")]
    public async Task A_name_that_cannot_be_is_refused_before_anything_is_written(string line, string message)
    {
        (int exitCode, _, string error) = await RunAsync(line.Split(' '));

        Assert.Equal(2, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Certs));
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => CommandLineHarness.RunAsync(["certs", Certs, .. arguments]);

    private string Path(string name) => System.IO.Path.Combine(Certs, name);

    private Identity? IdentityOf(string name) => CertificateIdentity.Read(CertificateFiles.LoadOwn(Path(name + ".crt"), Path(name + ".key"), CertificateFiles.ClientUsage, TimeProvider.System)[0]);
}
