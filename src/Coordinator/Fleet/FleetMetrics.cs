using System.Diagnostics.Metrics;
using System.Text.Json;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>Counters of the fleet, for whoever listens to the meter <c>Federated.Fleet</c>.</summary>
internal sealed class FleetMetrics : IDisposable
{
    private readonly Meter meter = new("Federated.Fleet");
    private readonly Counter<long> accepted;
    private readonly Counter<long> refused;

    public FleetMetrics()
    {
        accepted = meter.CreateCounter<long>("federated.fleet.answers.accepted", "{answer}", "Combined answers of nodes that were counted.");
        refused = meter.CreateCounter<long>("federated.fleet.answers.refused", "{answer}", "Combined answers of nodes that were not counted, by reason.");
    }

    /// <summary>The reason as it stands in counters and messages: <c>wrong-mask</c>.</summary>
    public static string NameOf(RefusalReason reason) => JsonNamingPolicy.KebabCaseLower.ConvertName(reason.ToString());

    /// <summary>An answer was counted.</summary>
    public void Accepted() => accepted.Add(1);

    /// <summary>An answer was not counted.</summary>
    public void Refused(RefusalReason reason) => refused.Add(1, new KeyValuePair<string, object?>("reason", NameOf(reason)));

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();
}
