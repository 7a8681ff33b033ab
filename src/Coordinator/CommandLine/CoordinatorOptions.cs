using System.CommandLine;

namespace Federated.Coordinator.CommandLine;

/// <summary>The options that say how to reach a coordinator, the same for every command that speaks to one.</summary>
internal sealed class CoordinatorOptions
{
    /// <summary>The environment variable that names the coordinator where no option does.</summary>
    public const string AddressVariable = "FEDERATED_COORDINATOR";

    /// <summary>Where a coordinator listens unless told otherwise.</summary>
    public const string DefaultAddress = "http://127.0.0.1:7070";

    private readonly Option<string?> address = new("--coordinator")
    {
        Description = $"Where the coordinator listens; default: {AddressVariable} from the environment, else {DefaultAddress}.",
        HelpName = "URL",
    };

    private readonly Option<string?> authority = new("--ca") { Description = "Certificates of the authorities that may have signed the coordinator's; default: those of the system.", HelpName = "FILE" };
    private readonly Option<string?> certificate = new("--cert") { Description = "The certificate that says who calls, for mutual TLS.", HelpName = "FILE" };
    private readonly Option<string?> key = new("--key") { Description = "The private key of --cert.", HelpName = "FILE" };
    private readonly Option<string?> token = new("--token-file") { Description = "A file that holds the token that says who calls.", HelpName = "FILE" };
    private readonly Option<bool> insecure = new("--insecure") { Description = "Speaks without TLS to another machine, too. Everybody on the way can read and change what crosses." };
    private readonly Func<string, string?> environment;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="environment">Gives variables of the environment.</param>
    public CoordinatorOptions(Command command, Func<string, string?> environment)
    {
        this.environment = environment;
        address.AcceptAddress();
        command.Validators.Add(result =>
        {
            if (result.GetValue(certificate) is null != result.GetValue(key) is null)
                result.AddError("--cert and --key go together: the certificate and its private key.");
        });
        foreach (Option option in (Option[])[address, authority, certificate, key, token, insecure])
            command.Options.Add(option);
    }

    /// <summary>What the command line and the environment say.</summary>
    /// <exception cref="CoordinatorException">The environment's address is none.</exception>
    public CoordinatorAccess Read(ParseResult arguments)
    {
        string? given = arguments.GetValue(address);
        if (given is null && this.environment(AddressVariable) is { Length: > 0 } variable)
        {
            if (AddressOptions.Fault(variable) is { } fault)
                throw new CoordinatorException(ExitCode.BadInput, $"{AddressVariable}={variable}: the address {fault}");
            given = variable;
        }

        return new CoordinatorAccess(
            new Uri(given ?? DefaultAddress),
            arguments.GetValue(authority),
            arguments.GetValue(certificate),
            arguments.GetValue(key),
            arguments.GetValue(token),
            arguments.GetValue(insecure));
    }
}
