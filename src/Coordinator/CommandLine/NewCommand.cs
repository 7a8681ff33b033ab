using System.CommandLine;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated new METHOD</c>: a commented experiment file on standard output.</summary>
internal sealed class NewCommand : ExampledCommand
{
    private readonly Argument<string> method = new("METHOD") { Description = "Name of a method." };

    /// <summary>Builds the command.</summary>
    public NewCommand()
        : base("new", "Prints a commented experiment file to start from.", "federated new fedtiny > my.yaml")
    {
        method.AcceptNames("method", MethodCatalog.Names);
        Arguments.Add(method);
        SetAction(arguments =>
        {
            arguments.InvocationConfiguration.Output.Write(ExperimentTemplate.For(MethodCatalog.Find(arguments.GetRequiredValue(method))!));
            return ExitCode.Success;
        });
    }
}
