using Federated.ClientNode.Remote;
using Xunit;

namespace Federated.ClientNode.Tests.Remote;

public sealed class SpeedProbeTests
{
    /// <summary>Time that jumps 10 ms whenever it is looked at.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks += 10 * TimeSpan.TicksPerMillisecond;
    }

    [Fact]
    public void Operations_are_counted_over_the_time_that_passed()
    {
        // Looked at once at the start and once a block: 50 ms are over after five blocks of 20,000 × 8 vector operations of two each.
        double perSecond = SpeedProbe.Measure(new JumpingTime());
        Assert.Equal(5 * 20_000 * 8 * 2 * System.Numerics.Vector<float>.Count / 0.050, perSecond, 1e-3 * perSecond);
    }
}
