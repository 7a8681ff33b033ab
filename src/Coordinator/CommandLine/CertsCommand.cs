using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using Federated.Coordinator.Security;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated certs</c>: an authority of one's own and certificates for coordinator, nodes and users.</summary>
internal sealed class CertsCommand : ExampledCommand
{
    private static readonly string[] LocalHosts = ["localhost", "127.0.0.1", "::1"];

    private readonly TimeProvider time;
    private readonly Argument<string> folder = new("DIR") { Description = "Folder of the certificates; an authority that is there is kept." };
    private readonly Option<string[]> nodes = NamesOption("--node", "A node to make a certificate for; '*.SUFFIX' for all nodes NAME.SUFFIX. Can be given several times.");
    private readonly Option<string[]> users = NamesOption("--user", "A user to make a certificate for: who submits and watches runs. Can be given several times.");
    private readonly Option<string[]> hosts = new("--host")
    {
        Description = "A name or address at which the coordinator is reached, besides localhost. Can be given several times.",
        HelpName = "HOST",
        DefaultValueFactory = static _ => [],
    };

    private readonly Option<bool> force = new("--force") { Description = "Makes certificates and keys anew that are there already; the authority is always kept." };

    /// <summary>Builds the command.</summary>
    public CertsCommand(TimeProvider time)
        : base("certs", "Makes certificates for mutual TLS, for trying it out and for small fleets: an authority of your own, a coordinator, nodes and users.",
            "federated certs certs --host coordinator.example --node node-1 --node node-2 --user me")
    {
        this.time = time;
        Arguments.Add(folder);
        foreach (Option option in (Option[])[nodes, users, hosts, force])
            Options.Add(option);
        hosts.Validators.Add(result =>
        {
            foreach (string host in result.Tokens.Select(token => token.Value).Where(host => Uri.CheckHostName(host) == UriHostNameType.Unknown))
                result.AddError($"--host {host}: is no host's name or address");
        });
        Validators.Add(result =>
        {
            IEnumerable<string> names = [.. result.GetValue(nodes) ?? [], .. result.GetValue(users) ?? []];
            foreach (IGrouping<string, string> twice in names.GroupBy(CertificateFolder.FileNameOf, StringComparer.Ordinal).Where(group => group.Count() > 1))
                result.AddError($"'{twice.First()}' is named twice: certificates are told apart by their names.");
        });
        SetAction(arguments => Run(arguments));
    }

    private static Option<string[]> NamesOption(string name, string description)
    {
        Option<string[]> option = new(name) { Description = description, HelpName = "NAME", DefaultValueFactory = static _ => [] };
        option.Validators.Add(result =>
        {
            foreach (string given in result.Tokens.Select(token => token.Value))
            {
                if (!IdentityName.IsValid(given))
                    result.AddError($"{name} {given}: a name is {IdentityName.Form}.");
                else if (given is CertificateFolder.AuthorityName or CertificateFolder.CoordinatorName)
                    result.AddError($"{name} {given}: this name is taken.");
            }
        });
        return option;
    }

    private int Run(ParseResult arguments)
    {
        string directory = arguments.GetRequiredValue(folder);
        CertificateFolder files = new(directory, time);
        string[] named = arguments.GetValue(hosts) ?? [];
        List<Identity> callers =
        [
            .. (arguments.GetValue(nodes) ?? []).Select(name => new Identity(Role.Node, name)),
            .. (arguments.GetValue(users) ?? []).Select(name => new Identity(Role.User, name)),
        ];
        bool makesCoordinator = named.Length > 0 || !files.Has(CertificateFolder.CoordinatorName) || arguments.GetValue(force);
        // Before anything is written.
        if (!arguments.GetValue(force))
        {
            IEnumerable<string> wanted = callers.Select(caller => CertificateFolder.FileNameOf(caller.Name!));
            foreach (string name in makesCoordinator ? wanted.Append(CertificateFolder.CoordinatorName) : wanted)
            {
                if (files.Has(name))
                    throw new AccessException(AccessError.Exists, $"{files.KeyOf(name)}: is there already; whoever uses it would be locked out by another one. Choose another name, or make it anew with --force");
            }
        }

        TextWriter output = arguments.InvocationConfiguration.Output;
        (X509Certificate2 authority, bool isNew) = files.OpenAuthority();
        using (authority)
        {
            List<string[]> rows = [[files.CertificateOf(CertificateFolder.AuthorityName), isNew ? "made: the authority, for ten years; its key signs, keep it here" : "kept: the authority"]];
            if (makesCoordinator)
            {
                string[] all = [.. LocalHosts.Concat(named).Distinct(StringComparer.OrdinalIgnoreCase)];
                files.MakeCoordinator(authority, all);
                rows.Add([files.CertificateOf(CertificateFolder.CoordinatorName), $"made: the coordinator at {string.Join(", ", all)}, for a year"]);
            }
            else
            {
                rows.Add([files.CertificateOf(CertificateFolder.CoordinatorName), "kept: the coordinator"]);
            }

            foreach (Identity caller in callers)
            {
                files.MakeCaller(authority, caller);
                rows.Add([files.CertificateOf(CertificateFolder.FileNameOf(caller.Name!)), $"made: {Roles.NameOf(caller.Role!.Value)} {caller.Name}, for a year"]);
            }

            Columns.Write(output, "", rows);
        }

        WriteUse(output, files, named.FirstOrDefault() ?? LocalHosts[0], callers);
        return ExitCode.Success;
    }

    private static void WriteUse(TextWriter output, CertificateFolder files, string host, List<Identity> callers)
    {
        string ca = files.CertificateOf(CertificateFolder.AuthorityName);
        Uri address = new UriBuilder(Uri.UriSchemeHttps, host, 7070).Uri;
        string url = address.GetLeftPart(UriPartial.Authority);
        string listen = EndpointPolicy.IsLoopback(address) ? url : "https://0.0.0.0:7070";
        output.WriteLine();
        output.WriteLine(
            $"federated serve --listen {listen} --tls-cert {files.CertificateOf(CertificateFolder.CoordinatorName)} --tls-key {files.KeyOf(CertificateFolder.CoordinatorName)} --client-ca {ca}");
        foreach (Identity caller in callers)
        {
            string name = CertificateFolder.FileNameOf(caller.Name!);
            string command = caller.Role == Role.Node ? "node" : "submit FILE";
            output.WriteLine($"federated {command} --coordinator {url} --ca {ca} --cert {files.CertificateOf(name)} --key {files.KeyOf(name)}");
        }
    }
}
