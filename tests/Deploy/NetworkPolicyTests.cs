using Federated.Deploy.Tests.Kubernetes;
using Xunit;

namespace Federated.Deploy.Tests;

[Collection(Installations.Collection)]
public sealed class NetworkPolicyTests(Installations installations)
{
    private const string Space = "federated";
    private static readonly NetworkPeer NameService = new("kube-system", new Dictionary<string, string>(StringComparer.Ordinal) { ["k8s-app"] = "kube-dns" });
    private static readonly NetworkPeer Stranger = new("elsewhere", new Dictionary<string, string>(StringComparer.Ordinal) { ["app"] = "curious" });
    private static readonly NetworkPeer Neighbour = new(Space, new Dictionary<string, string>(StringComparer.Ordinal) { ["app"] = "curious" });
    private static readonly NetworkPeer Submitter = new("elsewhere", new Dictionary<string, string>(StringComparer.Ordinal) { ["federated/submitter"] = "true" });
    private static readonly NetworkPeer Internet = NetworkPeer.Outside("203.0.113.7");
    private static readonly NetworkPeer NameCache = NetworkPeer.Outside("169.254.20.10");

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Nodes_and_submitters_reach_the_coordinator_at_its_port_and_nobody_else_does(string name)
    {
        Installation installation = installations[name];
        NetworkRules rules = Rules(installation);
        NetworkPeer coordinator = Pod(installation, "coordinator");
        Container container = Assert.Single(installation.Component("coordinator").Containers);
        long port = container.Ports["grpc"];
        Assert.True(rules.Allow(Pod(installation, "node"), coordinator, "TCP", port));
        Assert.True(rules.Allow(Submitter, coordinator, "TCP", port));
        Assert.All([Stranger, Neighbour, Pod(installation, "data"), Internet], peer => Assert.False(rules.Allow(peer, coordinator, "TCP", port)));
        Assert.All([Pod(installation, "node"), Submitter], peer =>
        {
            Assert.False(rules.Allow(peer, coordinator, "TCP", container.Ports["health"]));
            Assert.False(rules.Allow(peer, coordinator, "UDP", port));
        });
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Nodes_reach_the_coordinator_and_the_name_service_and_are_reached_by_nobody(string name)
    {
        Installation installation = installations[name];
        NetworkRules rules = Rules(installation);
        NetworkPeer node = Pod(installation, "node");
        Assert.All(["UDP", "TCP"], protocol => Assert.All([NameService, NameCache], service => Assert.True(rules.Allow(node, service, protocol, 53))));
        Assert.All([Internet, Stranger, NameService], peer => Assert.False(rules.Allow(node, peer, "TCP", 443)));
        Assert.All([Pod(installation, "coordinator"), Pod(installation, "node"), Submitter, Stranger, Neighbour, Internet], peer => Assert.All([7070, 7071], port => Assert.False(rules.Allow(peer, node, "TCP", port))));
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Only_the_fetching_of_data_reaches_out(string name)
    {
        Installation installation = installations[name];
        NetworkRules rules = Rules(installation);
        Assert.True(rules.Allow(Pod(installation, "data"), Internet, "TCP", 443));
        Assert.True(rules.Allow(Pod(installation, "data"), NameService, "UDP", 53));
        Assert.False(rules.Allow(Internet, Pod(installation, "data"), "TCP", 443));
        Assert.All([Pod(installation, "coordinator"), Pod(installation, "node"), Pod(installation, "runs"), Neighbour], peer => Assert.All([80, 443], port => Assert.False(rules.Allow(peer, Internet, "TCP", port))));
    }

    private static NetworkRules Rules(Installation installation) => new(Space, installation.OfKind("NetworkPolicy"));

    private static NetworkPeer Pod(Installation installation, string component) => new(Space, installation.Component(component).Labels);
}
