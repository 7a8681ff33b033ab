using System.CommandLine;

namespace Federated.Coordinator.CommandLine;

/// <summary>The option <c>--health-listen</c>, the same for every command that runs on.</summary>
internal sealed class HealthListenOption
{
    private const string Name = "--health-listen";

    private readonly Option<string?> option = new(Name)
    {
        Description = "An address for probes, such as http://0.0.0.0:7071: serves grpc.health.v1 only, without TLS. 'federated.v1.Fleet' is serving while nodes may join, or the node has.",
        HelpName = "URL",
    };

    /// <summary>Adds the option to a command.</summary>
    public HealthListenOption(Command command)
    {
        option.Validators.Add(static result =>
        {
            if (result.Tokens is not [{ Value: string given }])
                return;
            if (AddressOptions.Fault(given) is { } fault)
                result.AddError($"{Name} {fault}");
            else if (new Uri(given).Scheme != Uri.UriSchemeHttp)
                result.AddError($"{Name} must begin with http://: probes have no certificate.");
        });
        command.Options.Add(option);
    }

    /// <summary>The address; null where there is to be none.</summary>
    public Uri? Read(ParseResult arguments) => arguments.GetValue(option) is { } address ? new Uri(address) : null;

    /// <summary>What the log says when it can be asked.</summary>
    public static string Announcement(Uri address) => $"health checks at {address.GetLeftPart(UriPartial.Authority)}";
}
