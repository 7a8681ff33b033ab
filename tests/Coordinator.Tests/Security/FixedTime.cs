namespace Federated.Coordinator.Tests.Security;

/// <summary>A day that a test chooses.</summary>
internal sealed class FixedTime(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;

    /// <summary>Now, moved by some days.</summary>
    public static FixedTime InDays(int days) => new(System.GetUtcNow().AddDays(days));
}
