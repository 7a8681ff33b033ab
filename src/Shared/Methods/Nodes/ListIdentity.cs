namespace Federated.Methods.Nodes;

/// <summary>What a combined answer says that it answers.</summary>
/// <param name="Run">The run.</param>
/// <param name="List">Number of the list.</param>
/// <param name="Round">The round.</param>
/// <param name="Task">Name of the task.</param>
public readonly record struct ListIdentity(string Run, ulong List, int Round, string Task);
