using Federated.Methods.Nodes;
using Federated.Methods.Splitting;

namespace Federated.ClientNode.Remote;

/// <summary>Everything that a list needs to run.</summary>
/// <param name="Work">The task, the clients and what each receives.</param>
/// <param name="Payload">What one of the clients receives.</param>
/// <param name="Splits">Where the server's part of a cut model runs; null: beside its clients.</param>
internal sealed record ListInput(NodeWork Work, byte[] Payload, ISplitServer? Splits);
