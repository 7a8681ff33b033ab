using System.Text.Json.Nodes;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>The <c>kubectl</c> of this machine, which builds kustomizations without a cluster.</summary>
internal static class Kubectl
{
    // The first that holds Kustomize 4. The releases before hold Kustomize 2, which wants some things spelled in its own way.
    private const int FirstOfToday = 21;

    // So that several releases can be tried.
    private static readonly string Program = Environment.GetEnvironmentVariable("FEDERATED_KUBECTL") is { Length: > 0 } named ? named : "kubectl";

    /// <summary>Why a test cannot use it; null when it can.</summary>
    public static string? Missing { get; } = ToolProcess.Exists(Program) ? null : "kubectl is not on this machine: install it (Debian: kubernetes-client) or set FEDERATED_KUBECTL";

    /// <summary>All manifests of a kustomization.</summary>
    public static async Task<IReadOnlyList<Manifest>> BuildAsync(string folder)
    {
        JsonNode version = JsonNode.Parse(await ToolProcess.RunAsync(Program, ["version", "--client", "--output=json"], folder))!["clientVersion"]!;
        if (int.Parse(version["minor"]!.GetValue<string>().TrimEnd('+')) < FirstOfToday)
            OldKustomization.Rewrite(folder);
        return Manifest.ReadAll(await ToolProcess.RunAsync(Program, ["kustomize", folder], folder));
    }
}
