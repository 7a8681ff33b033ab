using System.CommandLine;
using System.Net;

namespace Federated.Coordinator.CommandLine;

/// <summary>What a node that runs bodies for others was told.</summary>
/// <param name="TrainsClients">Whether it takes lists of clients, too.</param>
/// <param name="Listen">Where it listens.</param>
/// <param name="Advertise">Where others reach it, or null: as it listens.</param>
/// <param name="CertificateFile">Its certificate, or null without TLS.</param>
/// <param name="KeyFile">Its private key.</param>
/// <param name="ClientAuthorityFile">Certificates of the authorities that callers' certificates must come from, or null.</param>
/// <param name="TokensFile">The names and tokens of who may call, or null.</param>
internal sealed record BodyRole(bool TrainsClients, Uri Listen, Uri? Advertise, string? CertificateFile, string? KeyFile, string? ClientAuthorityFile, string? TokensFile)
{
    /// <summary>Where others reach it, once it listens.</summary>
    /// <param name="bound">Where it listens, with the port that it got.</param>
    public Uri AddressFor(Uri bound)
    {
        if (Advertise is not null)
            return Advertise;
        bool isEverywhere = IPAddress.TryParse(bound.IdnHost, out IPAddress? ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
        return isEverywhere ? new UriBuilder(bound) { Host = Dns.GetHostName() }.Uri : bound;
    }
}

/// <summary>The options of <c>federated node</c> that make it run bodies for others.</summary>
internal sealed class BodyRoleOptions
{
    private const string Train = "train";
    private const string Body = "body";
    private const string Both = "both";

    private readonly Option<string> role = new("--role")
    {
        Description = "What the node does: trains clients, runs the server's part of split models for other nodes (needs --listen), or both.",
        HelpName = $"{Train}|{Body}|{Both}",
        DefaultValueFactory = static _ => Train,
    };

    private readonly Option<string?> listen = new("--listen") { Description = "Where other nodes reach the bodies that this node runs: scheme, address or name, port; port 0 takes a free one.", HelpName = "URL" };
    private readonly Option<string?> advertise = new("--advertise") { Description = "The address that other nodes are told; default: that of --listen, with the host's name in the place of 0.0.0.0.", HelpName = "URL" };
    private readonly Option<string?> certificate = new("--tls-cert") { Description = "The certificate that --listen https://… shows; PEM, with intermediate ones behind it.", HelpName = "FILE" };
    private readonly Option<string?> key = new("--tls-key") { Description = "The private key of --tls-cert.", HelpName = "FILE" };
    private readonly Option<string?> clientAuthority = new("--client-ca") { Description = "Nodes that call need a certificate that one of these authorities signed.", HelpName = "FILE" };
    private readonly Option<string?> tokens = new("--tokens") { Description = "Nodes that call need one of these tokens.", HelpName = "FILE" };

    /// <summary>Adds the options to the command.</summary>
    public BodyRoleOptions(Command command)
    {
        role.AcceptWords(Train, Body, Both);
        listen.AcceptAddress();
        advertise.AcceptAddress();
        command.Validators.Add(result =>
        {
            bool runsBodies = result.GetValue(role) is Body or Both; // null where the default counts
            bool isEncrypted = result.GetValue(listen)?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;
            if (runsBodies && result.GetValue(listen) is null)
                result.AddError("--role body and --role both need --listen: where other nodes reach the bodies.");
            else if (!runsBodies && new[] { listen, advertise, certificate, key, clientAuthority, tokens }.Any(option => result.GetValue(option) is not null))
                result.AddError("--listen and what belongs to it are for --role body or --role both.");
            else if (result.GetValue(certificate) is null != result.GetValue(key) is null)
                result.AddError("--tls-cert and --tls-key go together: the certificate and its private key.");
            else if (isEncrypted != result.GetValue(certificate) is not null)
                result.AddError("--listen https://… and --tls-cert go together; `federated certs` makes certificates for trying it out.");
            else if (!isEncrypted && result.GetValue(clientAuthority) is not null)
                result.AddError("--client-ca is for --listen https://…");
        });
        foreach (Option option in (Option[])[role, listen, advertise, certificate, key, clientAuthority, tokens])
            command.Options.Add(option);
    }

    /// <summary>What the command line says; null when the node runs no bodies.</summary>
    public BodyRole? Read(ParseResult arguments) => arguments.GetValue(role) is not (Body or Both)
        ? null
        : new BodyRole(
            arguments.GetValue(role) == Both,
            new Uri(arguments.GetValue(listen)!),
            arguments.GetValue(advertise) is { } told ? new Uri(told) : null,
            arguments.GetValue(certificate),
            arguments.GetValue(key),
            arguments.GetValue(clientAuthority),
            arguments.GetValue(tokens));

    /// <summary>The arguments of a node of this machine that trains clients and runs bodies.</summary>
    public static string[] ArgumentsOnThisMachine => ["--role", Both, "--listen", "http://127.0.0.1:0"];
}
