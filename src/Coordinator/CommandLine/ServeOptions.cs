using System.CommandLine;

namespace Federated.Coordinator.CommandLine;

/// <summary>What <c>federated serve</c> was told.</summary>
/// <param name="Listen">Where nodes and users reach the coordinator.</param>
/// <param name="HealthListen">Where probes reach its health service without TLS, or null.</param>
/// <param name="RunsFolder">The folder of runs.</param>
/// <param name="CertificateFile">The coordinator's certificate, or null without TLS.</param>
/// <param name="KeyFile">Its private key.</param>
/// <param name="ClientAuthorityFile">Certificates of the authorities that callers' certificates must come from, or null.</param>
/// <param name="TokensFile">The names and tokens of who may call, or null.</param>
/// <param name="AllowPlainText">Whether to speak without TLS to other machines, too.</param>
/// <param name="Workers">Threads of the coordinator's own computations.</param>
internal sealed record ServeSettings(
    Uri Listen,
    Uri? HealthListen,
    string RunsFolder,
    string? CertificateFile,
    string? KeyFile,
    string? ClientAuthorityFile,
    string? TokensFile,
    bool AllowPlainText,
    int Workers);

/// <summary>The options of <c>federated serve</c>.</summary>
internal sealed class ServeOptions
{
    private readonly Option<string> listen = new("--listen")
    {
        Description = "Where nodes and users reach it: scheme, address or name, port. 0.0.0.0 listens on all addresses.",
        HelpName = "URL",
        DefaultValueFactory = static _ => CoordinatorOptions.DefaultAddress,
    };

    private readonly Option<string> runs = new("--runs") { Description = "The folder of runs, and of what the coordinator has to know at its next start.", HelpName = "DIR", DefaultValueFactory = static _ => "runs" };
    private readonly Option<string?> certificate = new("--tls-cert") { Description = "The coordinator's certificate, for https; PEM, with intermediate ones behind it.", HelpName = "FILE" };
    private readonly Option<string?> key = new("--tls-key") { Description = "The private key of --tls-cert.", HelpName = "FILE" };
    private readonly Option<string?> clientAuthority = new("--client-ca") { Description = "Everybody needs a certificate that one of these authorities signed; nodes have the name in theirs.", HelpName = "FILE" };
    private readonly Option<string?> tokens = new("--tokens") { Description = "Everybody needs one of these tokens.", HelpName = "FILE" };
    private readonly Option<bool> insecure = new("--insecure") { Description = "Speaks without TLS to other machines, too. Everybody on the way can read and change what crosses." };
    private readonly HealthListenOption health;
    private readonly Option<int?> workers = new("--workers") { Description = "Threads of the coordinator's own computations, such as evaluation; default: one per core.", HelpName = "N" };

    /// <summary>Adds the options to the command.</summary>
    public ServeOptions(Command command)
    {
        listen.AcceptAddress();
        this.workers.AcceptNumber(1, RunCommand.MostWorkers);
        command.Validators.Add(result =>
        {
            bool isEncrypted = result.GetValue(listen)?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;
            if (result.GetValue(certificate) is null != result.GetValue(key) is null)
                result.AddError("--tls-cert and --tls-key go together: the certificate and its private key.");
            else if (isEncrypted && result.GetValue(certificate) is null)
                result.AddError("--listen https://… needs --tls-cert and --tls-key; `federated certs` makes some for trying it out.");
            else if (!isEncrypted && result.GetValue(certificate) is not null)
                result.AddError("--tls-cert is for --listen https://…");
            else if (!isEncrypted && result.GetValue(clientAuthority) is not null)
                result.AddError("--client-ca is for --listen https://…");
        });
        foreach (Option option in (Option[])[listen, runs, certificate, key, clientAuthority, tokens, insecure, this.workers])
            command.Options.Add(option);
        health = new HealthListenOption(command);
    }

    /// <summary>What the command line says.</summary>
    public ServeSettings Read(ParseResult arguments) => new(
        new Uri(arguments.GetRequiredValue(listen)),
        health.Read(arguments),
        Path.GetFullPath(arguments.GetRequiredValue(runs)),
        arguments.GetValue(certificate),
        arguments.GetValue(key),
        arguments.GetValue(clientAuthority),
        arguments.GetValue(tokens),
        arguments.GetValue(insecure),
        arguments.GetValue(this.workers) ?? Environment.ProcessorCount);
}
