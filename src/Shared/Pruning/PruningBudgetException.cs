namespace Federated.Pruning;

/// <summary>A density that the layers cannot meet: too few weights for the parts that must stay, or too many for those that exist. The message gives the numbers and the nearest density that works.</summary>
public sealed class PruningBudgetException : Exception
{
    /// <summary>An error with a message that names the cause and the way out.</summary>
    public PruningBudgetException(string message)
        : base(message)
    {
    }
}
