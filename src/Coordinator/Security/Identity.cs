using Federated.Protocol.Rpc;

namespace Federated.Coordinator.Security;

/// <summary>Who calls, as far as it is proven.</summary>
/// <param name="Role">What the caller may do; null: everything, where nobody has to prove anything.</param>
/// <param name="Name">The caller's name; null: whatever it says.</param>
internal sealed record Identity(Role? Role, string? Name)
{
    /// <summary>Whoever calls where nobody has to prove who they are.</summary>
    public static Identity Anyone { get; } = new(null, null);

    /// <summary>Whether the caller may go by this name.</summary>
    public bool IsNamed(string name) => Name is null || string.Equals(name, Name, StringComparison.Ordinal);

    /// <exception cref="RpcException">The caller says that it has another name than the one that is proven.</exception>
    public void RequireName(string name)
    {
        if (!IsNamed(name))
            throw new RpcException(new RpcStatus(RpcStatusCode.PermissionDenied, $"'{Name}' must not call itself '{name}': the name is that of the certificate or token"));
    }
}
