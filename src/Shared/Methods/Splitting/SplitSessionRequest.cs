namespace Federated.Methods.Splitting;

/// <summary>Whose split training begins.</summary>
/// <param name="Round">The round.</param>
/// <param name="Task">Name of the task.</param>
/// <param name="Client">Number of the client.</param>
/// <param name="ServerParts">The encoded payload that the task gives to the server's part: the values of the body.</param>
public sealed record SplitSessionRequest(int Round, string Task, int Client, ReadOnlyMemory<byte> ServerParts);
