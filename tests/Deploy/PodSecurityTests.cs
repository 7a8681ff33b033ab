using System.Text.Json.Nodes;
using Federated.Deploy.Tests.Images;
using Federated.Deploy.Tests.Kubernetes;
using Xunit;

namespace Federated.Deploy.Tests;

/// <summary>The strictest of the Kubernetes Pod Security Standards ("restricted"), and what goes beyond it.</summary>
[Collection(Installations.Collection)]
public sealed class PodSecurityTests(Installations installations)
{
    // The kinds of volumes that the restricted standard allows; `hostPath` and the network's own are not among them.
    private static readonly string[] AllowedVolumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void No_pod_gets_a_token_of_the_Kubernetes_api(string name)
    {
        Installation installation = installations[name];
        Assert.All(installation.Pods, static pod => Assert.False(pod.Spec["automountServiceAccountToken"]!.GetValue<bool>()));
        Assert.All(installation.OfKind("ServiceAccount"), static account => Assert.False(account.Content["automountServiceAccountToken"]!.GetValue<bool>()));
        Assert.DoesNotContain(installation.Manifests, static manifest => manifest.Kind.Contains("Role", StringComparison.Ordinal));
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Pods_run_as_the_user_of_the_image_without_rights(string name)
    {
        Dockerfile image = Dockerfile.Read();
        foreach (PodTemplate pod in installations[name].Pods)
        {
            JsonNode context = pod.Spec["securityContext"]!;
            Assert.True(context["runAsNonRoot"]!.GetValue<bool>());
            Assert.Equal(image.User, $"{context["runAsUser"]}:{context["runAsGroup"]}");
            // What the process may write to belongs to its group.
            Assert.Equal(context["runAsGroup"]!.GetValue<long>(), context["fsGroup"]!.GetValue<long>());
            Assert.Equal("RuntimeDefault", context["seccompProfile"]!["type"]!.GetValue<string>());
            Assert.All(["hostNetwork", "hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"], key => Assert.False(pod.Spec.ContainsKey(key), $"{pod.Owner} has {key}"));
            Assert.All(pod.Spec["volumes"]!.AsArray(), static volume => Assert.Contains(volume!.AsObject().Select(static part => part.Key), static kind => AllowedVolumes.Contains(kind)));
        }
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void Containers_can_gain_no_rights_and_write_to_volumes_only(string name)
    {
        foreach (Container container in installations[name].Pods.SelectMany(static pod => pod.Containers))
        {
            JsonNode context = container.Content["securityContext"]!;
            Assert.False(context["allowPrivilegeEscalation"]!.GetValue<bool>());
            Assert.True(context["readOnlyRootFilesystem"]!.GetValue<bool>());
            Assert.Equal(["ALL"], context["capabilities"]!["drop"]!.AsArray().Select(static right => right!.GetValue<string>()));
            Assert.False(context["capabilities"]!.AsObject().ContainsKey("add"));
            Assert.All(["privileged", "runAsUser", "procMount"], key => Assert.False(context.AsObject().ContainsKey(key), $"{container} has {key}"));
            if (container.Content["image"]!.GetValue<string>().Contains("federated", StringComparison.Ordinal))
                Assert.Contains("/tmp", container.Mounts.Keys);
        }
    }

    [TheoryWhenKubectl]
    [InlineData("local")]
    [InlineData("cluster")]
    public void The_namespace_enforces_the_restricted_standard_on_all(string name)
    {
        Installation installation = installations[name];
        Manifest space = Assert.Single(installation.OfKind("Namespace"));
        Assert.Equal("restricted", space.Content["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"]!.GetValue<string>());
        Assert.All(installation.Manifests.Where(static manifest => manifest.Kind != "Namespace"), manifest => Assert.Equal(space.Name, manifest.Namespace));
    }
}
