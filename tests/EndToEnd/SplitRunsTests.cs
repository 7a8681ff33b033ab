using System.Text.Json;
using Federated.Protocol.Faults;
using Xunit;

namespace Federated.EndToEnd;

/// <summary>Split training on several processes: wherever the body runs and whoever is killed, the result is that of one process.</summary>
public sealed class SplitRunsTests(SplitExperiment experiment) : IClassFixture<SplitExperiment>
{
    [Theory]
    [InlineData("in-process")]
    [InlineData("coordinator")]
    [InlineData("nodes")]
    public async Task Any_place_of_the_body_gives_the_bits_of_one_process(string place)
    {
        (JsonElement summary, _) = await experiment.RunAsync(place, ["--nodes", "2", "--slots", "1", "--body", place]);

        experiment.AssertSameHashes(summary);
    }

    // Both nodes die when they come there for the third time, and are started again: as clients and as hosts of each other's bodies.
    [Theory]
    [InlineData(FaultPoints.NodeForwardSent)]
    [InlineData(FaultPoints.BodyMessageComputed)]
    [InlineData(FaultPoints.BodyReplySent)]
    public async Task Nodes_that_are_killed_within_a_session_change_nothing(string point)
    {
        (JsonElement summary, string said) = await experiment.RunAsync(
            point, ["--nodes", "2", "--slots", "1", "--body", "nodes"], new Dictionary<string, string>(StringComparer.Ordinal) { [FaultPoint.Variable] = $"{point}:3" });

        Assert.Contains("was killed (signal 9", said, StringComparison.Ordinal);
        experiment.AssertSameHashes(summary);
    }
}
