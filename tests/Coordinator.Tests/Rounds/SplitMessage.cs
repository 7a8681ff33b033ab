using Federated.Methods.Splitting;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>A message of a split session and its reply, as they crossed.</summary>
internal sealed record SplitMessage(int Round, int Client, int Number, SplitLeg Leg, byte[] Up, byte[] Down);
