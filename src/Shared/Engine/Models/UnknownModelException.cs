namespace Federated.Engine.Models;

/// <summary>No model of that name; the message lists the names that there are.</summary>
public sealed class UnknownModelException : ArgumentException
{
    internal UnknownModelException(string name, IEnumerable<string> names)
        : base($"There is no model '{name}'. Models: {string.Join(", ", names)}.") => Name = name;

    /// <summary>The name that was asked for.</summary>
    public string Name { get; }
}
