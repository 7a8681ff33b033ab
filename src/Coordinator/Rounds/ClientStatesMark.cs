namespace Federated.Coordinator.Rounds;

/// <summary>Where the states of clients stand after a completed round.</summary>
/// <param name="Generation">Number of the file that holds them.</param>
/// <param name="Length">Bytes of the file that count; what a crash left behind them does not.</param>
/// <param name="Checksum">CRC-32C over the records' heads, each of which has the checksum of its state.</param>
internal sealed record ClientStatesMark(int Generation, long Length, uint Checksum);
