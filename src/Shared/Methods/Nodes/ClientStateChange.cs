namespace Federated.Methods.Nodes;

/// <summary>A client's state at the end of a task.</summary>
/// <param name="Client">Number of the client.</param>
/// <param name="State">What it holds on to, see <see cref="Clients.ClientState"/>; empty: nothing.</param>
public readonly record struct ClientStateChange(int Client, ReadOnlyMemory<byte> State);
