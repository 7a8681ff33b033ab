using System.Text.RegularExpressions;
using Federated.Deploy.Tests.Kubernetes;
using Xunit;

namespace Federated.Deploy.Tests;

/// <summary>What the documentation tells a user to do can be done.</summary>
[Collection(Installations.Collection)]
public sealed partial class DocumentationTests(Installations installations)
{
    private static readonly string Text = File.ReadAllText(Repository.At("docs", "kubernetes.md"));

    [Fact]
    public void Every_kustomization_that_is_applied_is_there()
    {
        string[] applied = [.. Applied().Matches(Text).Select(static match => match.Groups["folder"].Value).Distinct()];
        Assert.Equal(["deploy/k8s/data", "deploy/k8s/overlays/cluster", "deploy/k8s/overlays/local", "deploy/k8s/results"], applied.Order());
        Assert.All(applied, static folder => Assert.True(File.Exists(Repository.At(folder, "kustomization.yaml"))));
    }

    [FactWhenKubectl]
    public void Every_object_that_is_described_is_there()
    {
        string[] described = [.. Described().Matches(Text).Select(static match => match.Groups["object"].Value.Replace("`", "", StringComparison.Ordinal))];
        Assert.Equal(5, described.Length);
        Assert.All(described, each => Assert.Contains(installations["cluster"].Manifests, manifest => manifest.ToString() == each));
    }

    [FactWhenKubectl]
    public void The_image_that_is_built_is_the_one_that_is_started()
    {
        Assert.All(["local", "cluster"], name =>
        {
            string image = installations[name].Component("coordinator").Containers[0].Content["image"]!.GetValue<string>();
            Assert.Contains($"docker build -t {image} .", Text);
        });
    }

    [GeneratedRegex("kubectl apply -k (?<folder>[a-z0-9/]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Applied();

    [GeneratedRegex("^\\| (?<object>[A-Za-z]+ `[a-z-]+`) \\|", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Described();
}
