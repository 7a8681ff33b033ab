using System.Collections.Immutable;
using System.Text.Json;
using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>Bytes by direction and kind, under the names that records and reports use.</summary>
internal static class ByteKinds
{
    private static readonly (string Name, Direction Direction, PartKind Kind)[] Kinds =
        [.. from direction in Enum.GetValues<Direction>() from kind in Enum.GetValues<PartKind>() select (NameOf(direction, kind), direction, kind)];

    /// <summary>Bytes of one round, or of the whole run, by e.g. <c>up/sparseValues</c>; kinds without bytes are left out.</summary>
    public static ImmutableSortedDictionary<string, long> Of(LedgerTotals totals, int? round = null) => Kinds
        .Select(kind => KeyValuePair.Create(kind.Name, totals.Sum(round, direction: kind.Direction, part: kind.Kind)))
        .Where(static pair => pair.Value > 0)
        .ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static string NameOf(Direction direction, PartKind kind) =>
        JsonNamingPolicy.CamelCase.ConvertName(direction.ToString()) + "/" + JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());
}
