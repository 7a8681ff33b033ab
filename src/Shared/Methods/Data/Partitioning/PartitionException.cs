namespace Federated.Methods.Data;

/// <summary>Samples cannot be spread over the clients as asked. The message gives the numbers and the nearest choice that works.</summary>
public sealed class PartitionException : Exception
{
    /// <summary>An error with a message that names the cause and the way out.</summary>
    public PartitionException(string message)
        : base(message)
    {
    }
}
