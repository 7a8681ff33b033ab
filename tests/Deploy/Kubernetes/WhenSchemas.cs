using Xunit;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>A test that judges by the schemas of Kubernetes what <c>kubectl</c> builds; it counts as skipped, with the way to get what is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryWhenSchemasAttribute : TheoryAttribute
{
    /// <summary>Looks for both.</summary>
    public TheoryWhenSchemasAttribute() => Skip = ApiSchemas.Missing ?? Kubectl.Missing;
}

/// <summary>As <see cref="TheoryWhenSchemasAttribute"/>, for a single test.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWhenSchemasAttribute : FactAttribute
{
    /// <summary>Looks for both.</summary>
    public FactWhenSchemasAttribute() => Skip = ApiSchemas.Missing ?? Kubectl.Missing;
}
