namespace Federated.Coordinator.Security;

/// <summary>Roles as certificates and token files write them.</summary>
internal static class Roles
{
    /// <summary>The role with this name, or null.</summary>
    public static Role? Parse(string name) => name switch { "node" => Role.Node, "user" => Role.User, _ => null };

    /// <summary>The role's name.</summary>
    public static string NameOf(Role role) => role == Role.Node ? "node" : "user";
}
