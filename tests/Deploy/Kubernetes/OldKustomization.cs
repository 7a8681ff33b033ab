using System.Text;
using YamlDotNet.RepresentationModel;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>
/// Spells kustomizations as Kustomize 2 wants them, which is what Debian's <c>kubectl</c> 1.20 holds: folders among the resources are its
/// <c>bases</c>, files among the patches its <c>patchesStrategicMerge</c>. Nobody needs it to install anything (gRPC probes need Kubernetes 1.24, whose
/// <c>kubectl</c> is younger), so the repository holds today's spelling, and the tests judge the manifests where there is only an old <c>kubectl</c>.
/// </summary>
internal static class OldKustomization
{
    /// <summary>Rewrites the kustomization of a folder, and those that it names, in place. Meant for a copy; what is in the old spelling stays.</summary>
    public static void Rewrite(string folder)
    {
        string file = Path.Combine(folder, "kustomization.yaml");
        YamlStream yaml = [];
        using (StreamReader reader = new(file))
            yaml.Load(reader);
        YamlMappingNode root = (YamlMappingNode)yaml.Documents[0].RootNode;

        YamlSequenceNode bases = Take(root, "bases");
        YamlSequenceNode resources = [];
        foreach (YamlNode resource in Take(root, "resources"))
            (Directory.Exists(Path.Combine(folder, Name(resource))) ? bases : resources).Add(resource);
        YamlSequenceNode patches = Take(root, "patchesStrategicMerge");
        foreach (YamlNode patch in Take(root, "patches"))
            patches.Add(patch["path"]);
        Put(root, "bases", bases);
        Put(root, "resources", resources);
        Put(root, "patchesStrategicMerge", patches);

        using (StreamWriter writer = new(file, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
            yaml.Save(writer, assignAnchors: false);
        foreach (YamlNode other in bases)
            Rewrite(Path.Combine(folder, Name(other)));
    }

    private static string Name(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static YamlSequenceNode Take(YamlMappingNode root, string key)
    {
        if (!root.Children.TryGetValue(key, out YamlNode? found))
            return [];
        root.Children.Remove(key);
        return (YamlSequenceNode)found;
    }

    private static void Put(YamlMappingNode root, string key, YamlSequenceNode values)
    {
        if (values.Children.Count > 0)
            root.Children.Add(key, values);
    }
}
