using System.Text.RegularExpressions;
using Federated.Deploy.Tests.Kubernetes;
using Xunit;

namespace Federated.Deploy.Tests;

/// <summary>The manifests call the program as it can be called.</summary>
[Collection(Installations.Collection)]
public sealed partial class CommandLineTests(Installations installations)
{
    [TheoryWhenKubectl]
    [InlineData("coordinator", "serve")]
    [InlineData("node", "node")]
    public async Task Every_option_in_a_manifest_is_one_of_the_command(string component, string command)
    {
        Container container = Assert.Single(installations["cluster"].Component(component).Containers);
        Assert.Equal(command, container.Arguments[0]);
        Assert.Equal(container.Arguments.Count, container.Options.Count + 1);

        string help = await FederatedProgram.RunAsync(command, "--help");

        string[] options = [.. Option().Matches(help).Select(static match => match.Value).Distinct()];
        Assert.All(container.Options.Keys, option => Assert.Contains(option, options));
    }

    [FactWhenKubectl]
    public async Task The_set_that_is_fetched_is_one_of_the_program()
    {
        Container container = Assert.Single(installations["local"].Component("data").Containers);
        Assert.Equal(["data", "get"], container.Arguments.Take(2));
        Assert.Contains(container.Arguments[2], await FederatedProgram.RunAsync("data", "list"));
    }

    [GeneratedRegex("--[a-z][a-z-]*", RegexOptions.CultureInvariant)]
    private static partial Regex Option();
}
