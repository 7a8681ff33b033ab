using Federated.Methods.Nodes;

namespace Federated.ClientNode.Remote;

/// <summary>Everything that a list needs to run.</summary>
/// <param name="Work">The task, the clients and what each receives.</param>
/// <param name="Payload">What one of the clients receives.</param>
internal sealed record ListInput(NodeWork Work, byte[] Payload);
