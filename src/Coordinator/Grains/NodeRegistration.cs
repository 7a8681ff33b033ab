namespace Federated.Coordinator.Grains;

/// <summary>What a node says of itself when it joins.</summary>
/// <param name="Instance">Different after every start of the process.</param>
/// <param name="Slots">Clients that it trains at the same time.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="OperationsPerSecond">Of one slot, measured at the start.</param>
/// <param name="Release">Release of its program.</param>
internal sealed record NodeRegistration(ulong Instance, int Slots, ulong MemoryBytes, double OperationsPerSecond, string Release);
