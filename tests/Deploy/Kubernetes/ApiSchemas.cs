using System.Text.Json;
using System.Text.Json.Nodes;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>The schemas of the Kubernetes API, out of npm packages.</summary>
internal static class ApiSchemas
{
    private static readonly string Folder = Repository.At("tests", "Deploy", "schemas");

    /// <summary>Why a test cannot use them; null when it can.</summary>
    public static string? Missing { get; } =
        !ToolProcess.Exists("node") ? "Node.js is not on this machine: install it (Debian: nodejs and npm)"
        : !Directory.Exists(Path.Combine(Folder, "node_modules", "kubernetes-models")) ? "the schemas of Kubernetes are not on this machine: run 'npm ci' in tests/Deploy/schemas"
        : null;

    /// <summary>What is wrong with each of these manifests; nothing where a cluster would accept it.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<string>>> JudgeAsync(IEnumerable<Manifest> manifests)
    {
        JsonArray all = [.. manifests.Select(static manifest => manifest.Content.DeepClone())];
        string said = await ToolProcess.RunAsync("node", ["judge.cjs"], Folder, all.ToJsonString());
        return JsonSerializer.Deserialize<string[][]>(said)!;
    }
}
