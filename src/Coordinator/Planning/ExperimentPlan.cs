using System.Collections.Immutable;

namespace Federated.Coordinator.Planning;

/// <summary>What an experiment will cost, before it runs.</summary>
/// <param name="Rounds">Rounds that were walked through, the preparation included where the method has one.</param>
/// <param name="Clients">Number of clients.</param>
/// <param name="BytesByKind">Payload bytes of the whole run by direction and kind.</param>
/// <param name="ExactKinds">The kinds whose bytes the run will meet exactly; the others (coded masks and positions) depend on the data by a few per cent.</param>
/// <param name="BytesUp">Payload bytes from clients.</param>
/// <param name="BytesDown">Payload bytes to clients.</param>
/// <param name="SteadyRoundBytesUp">Uplink of one client in the last round without a mask change.</param>
/// <param name="SteadyRoundBytesDown">Downlink of one client in that round.</param>
/// <param name="FlopsPerClientRound">Operations of the busiest client in its busiest round.</param>
/// <param name="TotalFlops">Operations of all clients over all rounds.</param>
/// <param name="ServerFlops">Operations of the server's part of a cut model over all rounds; 0 where no model is cut.</param>
/// <param name="PeakClientMemoryBytes">Training state of a client at the method's peak.</param>
/// <param name="DenseClientMemoryBytes">Training state of a client that trains the dense model.</param>
/// <param name="ActivationBytes">Activations of one training batch.</param>
/// <param name="VirtualSeconds">Seconds on the simulated devices.</param>
public sealed record ExperimentPlan(
    int Rounds,
    int Clients,
    ImmutableSortedDictionary<string, long> BytesByKind,
    ImmutableSortedSet<string> ExactKinds,
    long BytesUp,
    long BytesDown,
    double SteadyRoundBytesUp,
    double SteadyRoundBytesDown,
    double FlopsPerClientRound,
    double TotalFlops,
    double ServerFlops,
    long PeakClientMemoryBytes,
    long DenseClientMemoryBytes,
    long ActivationBytes,
    double VirtualSeconds);
