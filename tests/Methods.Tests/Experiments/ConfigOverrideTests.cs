using Federated.Methods.Experiments;
using Federated.Methods.FedTiny;
using Xunit;

namespace Federated.Methods.Tests.Experiments;

public sealed class ConfigOverrideTests
{
    [Fact]
    public void Values_are_replaced_added_and_removed()
    {
        ExperimentSpec spec = Samples.Parse(
            Samples.Shortest + "\nrounds: 9\nclients:\n  count: 50\n  devices:\n    - profile: phone\n    - profile: board\n",
            "rounds=2", "rounds=3", "data.augmentation.crop=4", "clients.count=", "clients.devices.1.share=2", "method={name: fedtiny, density: 0.01}", "method.selection.candidates=4");

        Assert.Equal(3, spec.Rounds);
        Assert.Equal(4, spec.Data.Augmentation.Crop);
        Assert.Equal(new ClientsSpec().Count, spec.Clients.Count);
        Assert.Equal([1, 2], spec.Clients.Devices.Select(device => device.Share));
        Assert.Equal(new FedTinySpec { Density = 0.01, Selection = new() { Candidates = 4 } }, spec.Method);
    }

    [Theory]
    [InlineData("rounds", "--set rounds: this is not of the form path=value")]
    [InlineData("=3", "--set =3: this is not of the form path=value")]
    [InlineData("a..b=3", "--set a..b=3: this is not of the form path=value")]
    [InlineData("rounds=x", "--set rounds=x: rounds: expected a whole number and found the value 'x'")]
    [InlineData("training.epoch=1", "--set training.epoch=1: training.epoch: `training` has no such key; did you mean 'epochs'?")]
    [InlineData("rounds.a=1", "--set rounds.a=1: rounds.a: there are no keys below the value '9' at e.yaml:8:9")]
    [InlineData("rounds.a.b=1", "there are no keys below the value '9'")]
    [InlineData("clients.devices.3.share=1", "the list at e.yaml:9:21 has 0 items")]
    [InlineData("clients.devices.3=", "the list at e.yaml:9:21 has 0 items")]
    [InlineData("rounds={", "--set rounds={: this is not valid YAML")]
    [InlineData("name=", "e.yaml:1:1: name: the value is missing")]
    [InlineData("clients.perRound=99", "--set clients.perRound=99: clients.perRound: 99 clients per round are more than the 10 there are")]
    public void A_wrong_assignment_is_quoted_in_the_message(string assignment, string message) =>
        Assert.Contains(message, Samples.Fails(Samples.Shortest + "\nrounds: 9\nclients: { devices: [] }\n", assignment).Message, StringComparison.Ordinal);
}
