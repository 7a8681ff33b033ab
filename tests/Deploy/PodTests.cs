using System.Text.Json.Nodes;
using Federated.Deploy.Tests.Kubernetes;
using Xunit;

namespace Federated.Deploy.Tests;

[Collection(Installations.Collection)]
public sealed class PodTests(Installations installations)
{
    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Every_container_says_what_it_needs_and_may_use(string name)
    {
        foreach (Container container in installations[name].Pods.SelectMany(static pod => pod.Containers))
        {
            JsonNode resources = container.Content["resources"]!;
            Assert.All(["cpu", "memory"], kind =>
            {
                decimal request = Quantity.Parse(resources["requests"]![kind]!.GetValue<string>());
                decimal limit = Quantity.Parse(resources["limits"]![kind]!.GetValue<string>());
                Assert.InRange(request, 0.001m, limit);
            });
        }
    }

    [TheoryWhenKubectl]
    [InlineData("local", "federated")]
    [InlineData("cluster", "registry.example.com/federated")]
    public void All_containers_run_one_image_of_a_fixed_release(string name, string repository)
    {
        Installation installation = installations[name];
        string[] images = [.. installation.Pods.Where(static pod => pod.IsService).SelectMany(static pod => pod.Containers).Select(static container => container.Content["image"]!.GetValue<string>())];
        string image = Assert.Single(images.Distinct());
        string[] parts = image.Split(':');
        Assert.Equal(repository, parts[0]);
        Assert.Equal(ProgramVersion(), parts[1]);
        // The fetching of data names no registry: it stands outside the overlays.
        Assert.EndsWith($"federated:{parts[1]}", Assert.Single(installation.Component("data").Containers).Content["image"]!.GetValue<string>());
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Every_container_that_runs_on_is_probed_where_it_serves_health(string name)
    {
        foreach (Container container in installations[name].Pods.Where(static pod => pod.IsService).SelectMany(static pod => pod.Containers))
        {
            // The kubelet speaks plain text to a gRPC probe's port and reaches it by the pod's address.
            Uri health = new(container.Options["--health-listen"]);
            Assert.Equal("http", health.Scheme);
            Assert.Equal("0.0.0.0", health.Host);
            Assert.Equal(container.Ports["health"], health.Port);
            Assert.All(["startupProbe", "readinessProbe", "livenessProbe"], kind => Assert.Equal(health.Port, container.Content[kind]!["grpc"]!["port"]!.GetValue<long>()));
            // A node that has lost its coordinator must not be started anew for it: only readiness asks for the fleet.
            Assert.Equal("federated.v1.Fleet", container.Content["readinessProbe"]!["grpc"]!["service"]!.GetValue<string>());
            Assert.All(["startupProbe", "livenessProbe"], kind => Assert.Null(container.Content[kind]!["grpc"]!["service"]));
        }
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Every_path_and_variable_in_a_command_is_there(string name)
    {
        Installation installation = installations[name];
        foreach (Container container in installation.Pods.SelectMany(static pod => pod.Containers))
        {
            foreach ((string option, string value) in container.Options)
            {
                if (value.StartsWith("$(", StringComparison.Ordinal))
                    Assert.Contains(value[2..].Split(')')[0], container.Environment.Keys);
                if (!value.StartsWith('/'))
                    continue;
                (string path, JsonObject mount) = Assert.Single(container.Mounts, mount => value == mount.Key || value.StartsWith(mount.Key + "/", StringComparison.Ordinal));
                JsonObject volume = container.Pod.Volumes[mount["name"]!.GetValue<string>()];
                if (volume["secret"] is JsonObject secret)
                    Assert.Contains(value[(path.Length + 1)..], installation.OfKind("Secret").Single(made => made.Name == secret["secretName"]!.GetValue<string>()).Content["data"]!.AsObject().Select(static key => key.Key));
                else
                    Assert.Equal("--runs", option);
            }
        }
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Runs_are_kept_and_data_sets_are_read_only(string name)
    {
        Installation installation = installations[name];
        Container coordinator = Assert.Single(installation.Component("coordinator").Containers);
        JsonObject runs = coordinator.Mounts[coordinator.Options["--runs"]];
        JsonNode claim = Assert.Single(coordinator.Pod.Owner.Spec["volumeClaimTemplates"]!.AsArray())!;
        Assert.Equal(claim["metadata"]!["name"]!.GetValue<string>(), runs["name"]!.GetValue<string>());
        Assert.False(runs.ContainsKey("readOnly"));
        Assert.Equal(1, coordinator.Pod.Owner.Spec["replicas"]!.GetValue<long>());

        // FEDERATED_DATA of the image names this folder.
        Assert.All(["coordinator", "node"], component => Assert.True(Assert.Single(installation.Component(component).Containers).Mounts["/data/sets"]["readOnly"]!.GetValue<bool>()));
        Assert.False(Assert.Single(installation.Component("data").Containers).Mounts["/data/sets"].ContainsKey("readOnly"));
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void A_node_is_named_after_its_pod_and_has_a_slot_for_each_core(string name)
    {
        Container node = Assert.Single(installations[name].Component("node").Containers);
        Assert.Equal("metadata.name", From("--name", "fieldRef")["fieldPath"]!.GetValue<string>());
        // What the certificate's wildcard stands for: one label, then these.
        Assert.EndsWith(").federated-node", node.Options["--name"]);
        JsonNode slots = From("--slots", "resourceFieldRef");
        Assert.Equal("limits.cpu", slots["resource"]!.GetValue<string>());
        Assert.Equal("1", slots["divisor"]!.GetValue<string>());
        Assert.Equal(node.Content["name"]!.GetValue<string>(), slots["containerName"]!.GetValue<string>());

        JsonNode From(string option, string source) => node.Environment[node.Options[option][2..].Split(')')[0]]["valueFrom"]![source]!;
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void The_coordinator_is_given_time_for_a_round_and_a_node_for_a_part_of_one(string name)
    {
        Installation installation = installations[name];
        Assert.InRange(Grace("node"), 60, Grace("coordinator"));

        long Grace(string component) => installation.Component(component).Spec["terminationGracePeriodSeconds"]!.GetValue<long>();
    }

    // The release of the program is written down once, in the properties of all projects.
    private static string ProgramVersion()
    {
        string properties = File.ReadAllText(Repository.At("Directory.Build.props"));
        return properties.Split("<Version>")[1].Split("</Version>")[0];
    }
}
