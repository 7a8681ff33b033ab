using System.CommandLine;

namespace Federated.Coordinator.CommandLine;

/// <summary>A command whose help ends with examples.</summary>
internal abstract class ExampledCommand(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Command lines to start from, without comment.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;
}
