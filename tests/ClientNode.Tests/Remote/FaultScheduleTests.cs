using Federated.ClientNode.Remote;
using Federated.Engine.Randomness;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.ClientNode.Tests.Remote;

public sealed class FaultScheduleTests
{
    // An undisturbed run takes 20 messages: registration, welcome, experiment, readiness; for each list its handing out, start, answer and acceptance; the farewell. Some more for what a break adds.
    private const int Messages = 26;

    private static readonly WorkList[] Lists =
        [SmallExperiment.List(1, [0, 1, 2]), SmallExperiment.List(2, [3, 4]), SmallExperiment.List(3, [5, 6]), SmallExperiment.List(4, [7])];

    private static readonly Task<byte[][]> Expected = Task.WhenAll(Lists.Select(static list => NodeHarness.ExpectedAsync(list, SmallExperiment.Payload)));

    public static TheoryData<int> EveryMessage => [.. Enumerable.Range(1, Messages)];

    [Fact]
    public async Task Undisturbed_every_list_is_answered_with_the_bits_of_one_process()
    {
        await using var harness = new NodeHarness();
        await RunAsync(harness);
        Assert.Equal(Lists.Length, harness.Held.Ran.Count);
        Assert.Single(harness.Transfer.Fetched); // one payload for all clients of all lists
        Assert.InRange(harness.Streams.Messages, 18, Messages);
    }

    [Theory]
    [MemberData(nameof(EveryMessage))]
    public async Task A_stream_that_breaks_at_any_message_changes_no_answer(int message)
    {
        await using var harness = new NodeHarness(new MemoryStreams(n => n == message));
        await RunAsync(harness);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Streams_and_transfers_that_break_again_and_again_change_no_answer(int seed)
    {
        bool Fails(int n, int which, double share) =>
            n < 300 && new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Cohort, which, Step: n)).NextDouble() < share;
        await using var harness = new NodeHarness(
            new MemoryStreams(n => Fails(n, 1, 0.12)), new MemoryTransfer { FailsAt = n => Fails(n, 2, 0.3) });
        await RunAsync(harness);
    }

    private static async Task RunAsync(NodeHarness harness)
    {
        var coordinator = new MiniCoordinator(harness, Lists);
        try
        {
            await coordinator.RunAsync().WaitAsync(NodeHarness.Limit);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{coordinator.Answers.Count} of {Lists.Length} lists are answered; {harness}");
        }

        Assert.Equal(NodeEndKind.ShutDown, (await harness.Running.WaitAsync(NodeHarness.Limit)).Kind);
        Assert.Empty(coordinator.Failures);
        Assert.Equal(await Expected, coordinator.Answers.Values);
    }
}
