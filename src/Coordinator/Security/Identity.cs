using Federated.Protocol.Rpc;

namespace Federated.Coordinator.Security;

/// <summary>Who calls, as far as it is proven.</summary>
/// <param name="Role">What the caller may do; null: everything, where nobody has to prove anything.</param>
/// <param name="Name">The caller's name; null: whatever it says. <c>*.SUFFIX</c> stands for every name of one label before the suffix, for nodes that get their names when they start.</param>
internal sealed record Identity(Role? Role, string? Name)
{
    /// <summary>Whoever calls where nobody has to prove who they are.</summary>
    public static Identity Anyone { get; } = new(null, null);

    /// <summary>Whether the caller may go by this name.</summary>
    public bool IsNamed(string name)
    {
        if (Name is null || string.Equals(name, Name, StringComparison.Ordinal))
            return true;
        if (!Name.StartsWith("*.", StringComparison.Ordinal) || !name.EndsWith(Name[1..], StringComparison.Ordinal))
            return false;
        ReadOnlySpan<char> label = name.AsSpan(0, name.Length - Name.Length + 1);
        return label.Length > 0 && !label.Contains('.');
    }

    /// <exception cref="RpcException">The caller says that it has another name than the one that is proven.</exception>
    public void RequireName(string name)
    {
        if (!IsNamed(name))
            throw new RpcException(new RpcStatus(RpcStatusCode.PermissionDenied, $"'{Name}' must not call itself '{name}': the name is that of the certificate or token"));
    }
}
