using System.Text.Json.Nodes;
using Federated.Deploy.Tests.Kubernetes;
using Xunit;

namespace Federated.Deploy.Tests;

/// <summary>A selector that chooses nothing, or too much, is no error to Kubernetes.</summary>
[Collection(Installations.Collection)]
public sealed class SelectorTests(Installations installations)
{
    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Whoever_makes_pods_chooses_its_own_and_no_others(string name)
    {
        Installation installation = installations[name];
        foreach (Manifest owner in installation.Pods.Where(static pod => pod.IsService).Select(static pod => pod.Owner))
            Assert.Equal(owner.Name, Assert.Single(installation.Pods, pod => Selector.Matches(owner.Spec["selector"], pod.Labels)).Owner.Name);
    }

    [TheoryWhenKubectl]
    [InlineData("local", "Service", "federated-coordinator", "coordinator")]
    [InlineData("local", "Service", "federated-coordinator-pods", "coordinator")]
    [InlineData("local", "PodDisruptionBudget", "federated-coordinator", "coordinator")]
    [InlineData("local", "PodDisruptionBudget", "federated-node", "node")]
    [InlineData("local", "NetworkPolicy", "default-deny", "coordinator node data runs")]
    [InlineData("local", "NetworkPolicy", "federated-coordinator", "coordinator")]
    [InlineData("local", "NetworkPolicy", "federated-node", "node")]
    [InlineData("local", "NetworkPolicy", "federated-data", "data")]
    [InlineData("cluster", "PodDisruptionBudget", "federated-node", "node")]
    public void What_is_for_a_component_chooses_that_component(string name, string kind, string which, string components)
    {
        Installation installation = installations[name];
        Manifest chooser = Assert.Single(installation.OfKind(kind), manifest => manifest.Name == which);
        string[] chosen = [.. installation.Pods.Where(pod => Chooses(chooser, pod)).Select(static pod => pod.Labels["app.kubernetes.io/component"])];
        Assert.Equal(components.Split(' ').Order(), chosen.Order());
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void No_object_chooses_pods_that_do_not_exist(string name)
    {
        Installation installation = installations[name];
        Manifest[] choosers = [.. installation.Manifests.Where(static manifest => manifest.Kind is "Service" or "PodDisruptionBudget" or "NetworkPolicy")];
        Assert.Equal(8, choosers.Length);
        Assert.All(choosers, chooser => Assert.Contains(installation.Pods, pod => Chooses(chooser, pod)));
    }

    [TheoryWhenKubectl]
    [InlineData("local", 1)]
    [InlineData("cluster", 3)]
    public void Pods_are_placed_with_respect_to_pods_that_exist(string name, int rules)
    {
        Installation installation = installations[name];
        JsonNode?[] selectors =
        [
            .. installation.Pods.SelectMany(static pod => pod.Spec["topologySpreadConstraints"] as JsonArray ?? []).Select(static rule => rule!["labelSelector"]),
            .. installation.Pods.SelectMany(static pod => pod.Spec["affinity"]?["podAntiAffinity"]?["preferredDuringSchedulingIgnoredDuringExecution"] as JsonArray ?? [])
                .Select(static rule => rule!["podAffinityTerm"]!["labelSelector"]),
        ];
        Assert.Equal(rules, selectors.Length);
        Assert.All(selectors, selector => Assert.Single(installation.Pods, pod => Selector.Matches(selector, pod.Labels)));
    }

    private static bool Chooses(Manifest chooser, PodTemplate pod) => chooser.Kind switch
    {
        "Service" => Selector.MatchesLabels(chooser.Spec["selector"], pod.Labels),
        "NetworkPolicy" => Selector.Matches(chooser.Spec["podSelector"], pod.Labels),
        _ => Selector.Matches(chooser.Spec["selector"], pod.Labels),
    };
}
