namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>The files that <c>deploy/k8s/certs</c> makes secrets from.</summary>
internal static class Certificates
{
    private static readonly string[] Files = ["ca.crt", "coordinator.crt", "coordinator.key", "federated-node.crt", "federated-node.key"];

    /// <summary>Puts something in their place: building a kustomization does not look into them.</summary>
    public static async Task MakeAsync(string folder)
    {
        foreach (string file in Files)
            await File.WriteAllTextAsync(Path.Combine(folder, file), $"{file}\n");
    }
}
