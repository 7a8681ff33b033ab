namespace Federated.Bench.Comparing;

/// <summary>A program to start.</summary>
/// <param name="Program">Its name or path.</param>
/// <param name="Arguments">Its arguments, passed on as they are.</param>
/// <param name="Environment">Variables that are set for it, on top of this process's.</param>
internal sealed record CommandLine(string Program, IReadOnlyList<string> Arguments, IReadOnlyList<(string Name, string Value)> Environment)
{
    /// <summary>As one would type it.</summary>
    public override string ToString() => string.Join(' ', [.. Environment.Select(static variable => $"{variable.Name}={variable.Value}"), Program, .. Arguments]);
}
