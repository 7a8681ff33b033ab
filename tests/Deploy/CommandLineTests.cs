using Federated.Deploy.Tests.Kubernetes;
using Xunit;

namespace Federated.Deploy.Tests;

/// <summary>The manifests call the program as it can be called.</summary>
[Collection(Installations.Collection)]
public sealed class CommandLineTests(Installations installations)
{
    [FactWhenKubectl]
    public async Task The_set_that_is_fetched_is_one_of_the_program()
    {
        Container container = Assert.Single(installations["local"].Component("data").Containers);
        Assert.Equal(["data", "get"], container.Arguments.Take(2));
        Assert.Contains(container.Arguments[2], await FederatedProgram.RunAsync("data", "list"));
    }
}
