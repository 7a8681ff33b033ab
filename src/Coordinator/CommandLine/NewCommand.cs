using System.CommandLine;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated new METHOD</c>: a commented experiment file on standard output.</summary>
internal sealed class NewCommand : ExampledCommand
{
    private readonly Argument<string> _method = new("METHOD") { Description = "Name of a method." };

    /// <summary>Builds the command.</summary>
    public NewCommand()
        : base("new", "Prints a commented experiment file to start from.", "federated new fedtiny > my.yaml")
    {
        _method.AcceptNames("method", MethodCatalog.Names);
        Arguments.Add(_method);
        SetAction(arguments =>
        {
            arguments.InvocationConfiguration.Output.Write(ExperimentTemplate.For(MethodCatalog.Find(arguments.GetRequiredValue(_method))!));
            return ExitCode.Success;
        });
    }
}
