using Xunit;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>A test on what <c>kubectl</c> builds; it counts as skipped, with the way to get it, on a machine that has none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWhenKubectlAttribute : FactAttribute
{
    /// <summary>Looks for it.</summary>
    public FactWhenKubectlAttribute() => Skip = Kubectl.Missing;
}

/// <summary>As <see cref="FactWhenKubectlAttribute"/>, for each of several values.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryWhenKubectlAttribute : TheoryAttribute
{
    /// <summary>Looks for it.</summary>
    public TheoryWhenKubectlAttribute() => Skip = Kubectl.Missing;
}
