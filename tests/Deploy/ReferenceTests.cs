using System.Text.Json.Nodes;
using Federated.Deploy.Tests.Kubernetes;
using Xunit;

namespace Federated.Deploy.Tests;

/// <summary>What an object names exists.</summary>
[Collection(Installations.Collection)]
public sealed class ReferenceTests(Installations installations)
{
    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void No_two_objects_have_one_name(string name)
    {
        Installation installation = installations[name];
        Assert.Equal(installation.Manifests.Count, installation.Manifests.Select(static manifest => manifest.ToString()).Distinct().Count());
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Every_volume_of_a_pod_exists_and_every_mount_is_of_a_volume(string name)
    {
        Installation installation = installations[name];
        foreach (PodTemplate pod in installation.Pods)
        {
            foreach (JsonObject volume in pod.Volumes.Values)
            {
                if (volume["secret"] is JsonObject secret)
                    Assert.Contains(secret["secretName"]!.GetValue<string>(), Names("Secret"));
                if (volume["configMap"] is JsonObject map)
                    Assert.Contains(map["name"]!.GetValue<string>(), Names("ConfigMap"));
                if (volume["persistentVolumeClaim"] is JsonObject claim)
                    Assert.Contains(claim["claimName"]!.GetValue<string>(), Names("PersistentVolumeClaim").Concat(Made()));
            }

            IEnumerable<string> mounted = pod.Containers.SelectMany(static container => container.Mounts.Values).Select(static mount => mount["name"]!.GetValue<string>());
            Assert.Equal(pod.Volumes.Keys.Order(), mounted.Distinct().Order());
        }

        // As Kubernetes names the claims of a StatefulSet's first pod.
        IEnumerable<string> Made() => installation.OfKind("StatefulSet").SelectMany(static set =>
            set.Spec["volumeClaimTemplates"]!.AsArray().Select(template => $"{template!["metadata"]!["name"]}-{set.Name}-0"));

        IEnumerable<string> Names(string kind) => installation.OfKind(kind).Select(static manifest => manifest.Name);
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Every_variable_is_taken_from_a_key_that_exists(string name)
    {
        Installation installation = installations[name];
        int found = 0;
        foreach (JsonNode? source in installation.Pods.SelectMany(static pod => pod.Containers).SelectMany(static container => container.Environment.Values).Select(static variable => variable["valueFrom"]))
        {
            if (source?["configMapKeyRef"] is not JsonObject reference)
                continue;
            Manifest map = Assert.Single(installation.OfKind("ConfigMap"), map => map.Name == reference["name"]!.GetValue<string>());
            Assert.True(map.Content["data"]!.AsObject().ContainsKey(reference["key"]!.GetValue<string>()));
            found++;
        }

        Assert.Equal(1, found);
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Every_account_exists(string name)
    {
        Installation installation = installations[name];
        Assert.All(installation.Pods.Where(static pod => pod.IsService), pod =>
            Assert.Contains(installation.OfKind("ServiceAccount"), account => account.Name == pod.Spec["serviceAccountName"]!.GetValue<string>()));
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Nodes_look_for_the_coordinator_where_its_service_is(string name)
    {
        Installation installation = installations[name];
        Uri address = new(installation.OfKind("ConfigMap").Single().Content["data"]!["coordinator"]!.GetValue<string>());
        Manifest service = Assert.Single(installation.OfKind("Service"), service => service.Name == address.Host);
        JsonNode port = Assert.Single(service.Spec["ports"]!.AsArray())!;
        Assert.Equal(address.Port, port["port"]!.GetValue<long>());

        Container coordinator = Assert.Single(installation.Component("coordinator").Containers);
        Uri listen = new(coordinator.Options["--listen"]);
        Assert.Equal(coordinator.Ports[port["targetPort"]!.GetValue<string>()], listen.Port);
        Assert.Equal(address.Scheme, listen.Scheme);
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void A_StatefulSet_names_a_headless_service_of_its_pods(string name)
    {
        Installation installation = installations[name];
        foreach (Manifest set in installation.OfKind("StatefulSet"))
        {
            Manifest service = Assert.Single(installation.OfKind("Service"), service => service.Name == set.Spec["serviceName"]!.GetValue<string>());
            Assert.Equal("None", service.Spec["clusterIP"]!.GetValue<string>());
            Assert.True(Selector.MatchesLabels(service.Spec["selector"], set.Pods!.Labels));
        }
    }

    [FactWhenKubectl]
    public void The_autoscaler_scales_the_nodes_and_nothing_else_says_how_many_there_are()
    {
        Installation cluster = installations["cluster"];
        Manifest scaler = Assert.Single(cluster.OfKind("HorizontalPodAutoscaler"));
        Manifest nodes = cluster.Component("node").Owner;
        Assert.Equal($"{nodes.Kind} {nodes.Name} {nodes.Content["apiVersion"]}", $"{scaler.Spec["scaleTargetRef"]!["kind"]} {scaler.Spec["scaleTargetRef"]!["name"]} {scaler.Spec["scaleTargetRef"]!["apiVersion"]}");
        Assert.False(nodes.Spec.ContainsKey("replicas"));
        Assert.InRange(scaler.Spec["minReplicas"]!.GetValue<long>(), 1, scaler.Spec["maxReplicas"]!.GetValue<long>());
        // A share of the request is the share of the node's cores only where it cannot use more than it asked for.
        JsonNode resources = Assert.Single(nodes.Pods!.Containers).Content["resources"]!;
        Assert.Equal(resources["limits"]!["cpu"]!.GetValue<string>(), resources["requests"]!["cpu"]!.GetValue<string>());

        Installation local = installations["local"];
        Assert.Empty(local.OfKind("HorizontalPodAutoscaler"));
        Assert.Equal(2, local.Component("node").Owner.Spec["replicas"]!.GetValue<long>());
    }
}
