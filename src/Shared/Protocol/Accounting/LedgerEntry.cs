using Federated.Protocol.Payloads;

namespace Federated.Protocol.Accounting;

/// <summary>One line of the ledger: the bytes of one part of one payload that crossed.</summary>
/// <param name="Round">Round, from 0.</param>
/// <param name="Phase">What the round was doing, see <see cref="Ledger.BeginPhase"/>.</param>
/// <param name="Client">The client at the other end, from 0.</param>
/// <param name="Direction">Which way.</param>
/// <param name="Part">Kind of the part, <see cref="PartKind.Envelope"/> for the payload's own header.</param>
/// <param name="Bytes">Bytes of the part, its header included.</param>
public readonly record struct LedgerEntry(int Round, string Phase, int Client, Direction Direction, PartKind Part, long Bytes);

/// <summary>All entries of one completed round in their canonical order: by phase in the order in which the phases began, client, direction (down first), then as the payloads were booked and their parts stand.</summary>
/// <param name="Round">The round.</param>
/// <param name="Entries">Its entries; may be empty.</param>
/// <param name="Text">Their canonical lines in UTF-8, as they stand in the file.</param>
public sealed record LedgerRound(int Round, IReadOnlyList<LedgerEntry> Entries, ReadOnlyMemory<byte> Text);
