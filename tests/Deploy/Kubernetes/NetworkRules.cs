using System.Net;
using System.Text.Json.Nodes;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>Somebody who may want to connect: a pod of some namespace, or an address outside.</summary>
/// <param name="Namespace">The namespace's name; null for an address outside of the cluster.</param>
/// <param name="Labels">The pod's labels.</param>
/// <param name="Address">The address outside; null for a pod.</param>
internal sealed record NetworkPeer(string? Namespace, IReadOnlyDictionary<string, string> Labels, IPAddress? Address = null)
{
    /// <summary>An address outside of the cluster.</summary>
    public static NetworkPeer Outside(string address) => new(null, new Dictionary<string, string>(StringComparer.Ordinal), IPAddress.Parse(address));
}

/// <summary>
/// What the network policies of one namespace let through, by the rules of the Kubernetes documentation: a pod that no policy chooses for a direction is open in it;
/// a pod that one chooses gets what any of those lets through. A connection needs both ends' consent.
/// </summary>
internal sealed class NetworkRules(string space, IReadOnlyList<Manifest> policies)
{
    /// <summary>Whether a connection comes about.</summary>
    public bool Allow(NetworkPeer from, NetworkPeer to, string protocol, long port) =>
        Consents(from, "Egress", "egress", "to", to, protocol, port) && Consents(to, "Ingress", "ingress", "from", from, protocol, port);

    private bool Consents(NetworkPeer self, string type, string rules, string peers, NetworkPeer other, string protocol, long port)
    {
        if (self.Namespace != space)
            return true;
        Manifest[] choosing = [.. policies.Where(policy => Selector.Matches(policy.Spec["podSelector"], self.Labels) && policy.Spec["policyTypes"]!.AsArray().Any(each => each!.GetValue<string>() == type))];
        return choosing.Length == 0 || choosing.SelectMany(policy => policy.Spec[rules] as JsonArray ?? []).Any(rule => LetsThrough(rule!, peers, other, protocol, port));
    }

    private bool LetsThrough(JsonNode rule, string peers, NetworkPeer other, string protocol, long port)
    {
        bool peer = rule[peers] is not JsonArray listed || listed.Any(each => IsMeant(each!, other));
        bool gate = rule["ports"] is not JsonArray ports || ports.Any(each => (each!["protocol"]?.GetValue<string>() ?? "TCP") == protocol && each["port"]!.GetValue<long>() == port);
        return peer && gate;
    }

    private bool IsMeant(JsonNode peer, NetworkPeer other)
    {
        if (peer["ipBlock"] is JsonObject block)
            return other.Address is not null && IPNetwork.Parse(block["cidr"]!.GetValue<string>()).Contains(other.Address);
        if (other.Namespace is null)
            return false;
        // The name of a namespace is a label that Kubernetes puts on it.
        bool inSpace = peer["namespaceSelector"] is JsonNode spaces
            ? Selector.Matches(spaces, new Dictionary<string, string>(StringComparer.Ordinal) { ["kubernetes.io/metadata.name"] = other.Namespace })
            : other.Namespace == space;
        return inSpace && Selector.Matches(peer["podSelector"], other.Labels);
    }
}
