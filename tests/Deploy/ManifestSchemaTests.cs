using System.Text.Json.Nodes;
using Federated.Deploy.Tests.Kubernetes;
using Xunit;

namespace Federated.Deploy.Tests;

[Collection(Installations.Collection)]
public sealed class ManifestSchemaTests(Installations installations)
{
    /// <summary>Each is a change that makes the Deployment of the nodes wrong: where, what is put there (nothing: it is taken away), and what the judgement has to name.</summary>
    private static readonly (string Place, string? Value, string Named)[] Mistakes =
    [
        ("spec.selector", null, "selector"),
        ("apiVersion", "\"apps/v7\"", "apps/v7"),
        ("kind", "\"Department\"", "Department"),
        ("spec.template.spec.containers.0.readynessProbe", "{ \"grpc\": { \"port\": 7071 } }", "readynessProbe"),
        ("spec.template.spec.containers.0.livenessProbe.grpc.port", "\"7071\"", "port"),
        ("spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem", "\"yes\"", "readOnlyRootFilesystem"),
        ("spec.template.spec.containers.0.resources.limits.cpu", "true", "cpu"),
        ("spec.template.spec.topologySpreadConstraints.0.whenUnsatisfiable", null, "whenUnsatisfiable"),
        ("spec.strategy.type", "\"Rolling\"", "Rolling"),
    ];

    [TheoryWhenSchemas]
    [InlineData("local")]
    [InlineData("cluster")]
    public async Task Kubernetes_would_accept_every_manifest(string name)
    {
        Installation installation = installations[name];
        IReadOnlyList<IReadOnlyList<string>> problems = await ApiSchemas.JudgeAsync(installation.Manifests);
        string[] all = [.. installation.Manifests.Zip(problems, static (manifest, found) => found.Select(problem => $"{manifest}: {problem}")).SelectMany(static found => found)];
        Assert.True(all.Length == 0, string.Join('\n', all));
        Assert.Equal(installation.Manifests.Count, problems.Count);
    }

    [FactWhenSchemas]
    public async Task What_Kubernetes_would_refuse_is_found()
    {
        JsonObject right = installations["cluster"].Component("node").Owner.Content;
        IReadOnlyList<IReadOnlyList<string>> problems = await ApiSchemas.JudgeAsync([new Manifest(right), .. Mistakes.Select(mistake => new Manifest(Spoiled(right, mistake.Place, mistake.Value)))]);

        Assert.Empty(problems[0]);
        Assert.All(Mistakes.Zip(problems.Skip(1)), static judged => Assert.Contains(judged.Second, problem => problem.Contains(judged.First.Named, StringComparison.Ordinal)));
    }

    private static JsonObject Spoiled(JsonObject manifest, string place, string? value)
    {
        JsonObject spoiled = manifest.DeepClone().AsObject();
        string[] path = place.Split('.');
        JsonNode parent = path[..^1].Aggregate((JsonNode)spoiled, static (node, step) => (node is JsonArray list ? list[int.Parse(step)] : node[step])!);
        if (value is null)
            parent.AsObject().Remove(path[^1]);
        else
            parent[path[^1]] = JsonNode.Parse(value);
        return spoiled;
    }
}
