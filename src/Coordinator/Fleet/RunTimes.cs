using System.Globalization;

namespace Federated.Coordinator.Fleet;

/// <summary>Times of day as they are stored and sent.</summary>
internal static class RunTimes
{
    /// <summary>UTC, ISO 8601, to the second.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
