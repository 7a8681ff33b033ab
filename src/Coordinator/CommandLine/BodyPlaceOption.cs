using System.CommandLine;
using System.CommandLine.Parsing;
using Federated.ClientNode.Splitting;

namespace Federated.Coordinator.CommandLine;

/// <summary>The option <c>--body</c>: where the server's part of split models runs.</summary>
internal sealed class BodyPlaceOption
{
    /// <summary>Its name.</summary>
    public const string Name = "--body";

    private const string InProcess = "in-process";
    private const string Coordinator = "coordinator";
    private const string Nodes = "nodes";

    private readonly Option<string> option = new(Name)
    {
        Description = "Where the server's part of a split model runs: beside its clients, in the coordinator, or on the nodes that run bodies. The result does not depend on it.",
        HelpName = $"{InProcess}|{Coordinator}|{Nodes}",
        DefaultValueFactory = static _ => InProcess,
    };

    /// <summary>Adds the option to a command.</summary>
    public BodyPlaceOption(Command command)
    {
        option.AcceptWords(InProcess, Coordinator, Nodes);
        command.Options.Add(option);
    }

    /// <summary>Whether the command line says anything.</summary>
    public bool IsGiven(CommandResult result) => result.GetResult(option) is { Implicit: false };

    /// <summary>What the command line says.</summary>
    public BodyPlace Read(ParseResult arguments) => arguments.GetValue(option) switch
    {
        Coordinator => BodyPlace.Coordinator,
        Nodes => BodyPlace.Nodes,
        _ => BodyPlace.InProcess,
    };

    /// <summary>How the place is written.</summary>
    public static string NameOf(BodyPlace place) => place switch
    {
        BodyPlace.Coordinator => Coordinator,
        BodyPlace.Nodes => Nodes,
        _ => InProcess,
    };
}
