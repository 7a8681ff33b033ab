using Federated.Methods.DataPruning;
using Federated.Methods.DataPruning.State;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class PruningStateTests
{
    [Fact]
    public void Forgetting_counts_the_turns_from_right_to_wrong()
    {
        var state = new ForgettingState(3);
        bool[][] looks = [[true, false, false], [false, false, true], [true, false, true], [false, false, true]];
        foreach (bool[] look in looks)
        {
            state = Again(state);
            for (int sample = 0; sample < 3; sample++)
                state.Look(sample, look[sample]);
        }

        Assert.Equal(2, state.ScoreOf(0)); // right, wrong, right, wrong
        Assert.Equal(double.PositiveInfinity, state.ScoreOf(1)); // never right
        Assert.Equal(0, state.ScoreOf(2)); // learned late and kept

        ForgettingState Again(ForgettingState before)
        {
            var next = new ForgettingState(3);
            next.Restore(before.Encode());
            return next;
        }
    }

    [Fact]
    public void Sums_and_losses_come_back_to_the_bit()
    {
        var sums = new ScoreSumState(2);
        sums.Look(0, 0.1);
        sums.Look(0, 0.2);
        sums.Look(1, -1.0 / 3);
        var sumsAgain = new ScoreSumState(2);
        sumsAgain.Restore(sums.Encode());
        Assert.Equal([0.1 + 0.2, -1.0 / 3], [sumsAgain.SumOf(0), sumsAgain.SumOf(1)]);

        var losses = new LossState(3);
        losses.Look(1, 0.7);
        var lossesAgain = new LossState(3);
        lossesAgain.Restore(losses.Encode());
        Assert.Equal([3, 0.7f, 3], lossesAgain.ToScores());
    }

    [Theory]
    [InlineData("none", 0)]
    [InlineData("el2n", 0)]
    [InlineData("forgetting", 1 + (4 * 7))]
    [InlineData("ccs", 1 + (8 * 7))]
    [InlineData("seta", 1 + (4 * 7))]
    [InlineData("infobatch", 1 + (4 * 7))]
    public void The_size_is_known_before(string kind, int bytes) => Assert.Equal(bytes, PruningState.BytesOf(new DataPruningSpec { Kind = kind }, 7));

    [Fact]
    public void What_is_no_state_of_these_samples_is_refused()
    {
        byte[] good = new LossState(3).Encode();
        Assert.Throws<PruningStateException>(() => new LossState(4).Restore(good));
        Assert.Throws<PruningStateException>(() => new ForgettingState(3).Restore(good));
        Assert.Throws<PruningStateException>(() => new LossState(3).Restore([]));
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, -1])
        {
            byte[] bytes = [.. good];
            BitConverter.GetBytes(bad).CopyTo(bytes, 5);
            PruningStateException refused = Assert.Throws<PruningStateException>(() => new LossState(3).Restore(bytes));
            Assert.Contains("sample 1", refused.Message, StringComparison.Ordinal);
        }

        Assert.Throws<PruningStateException>(() => new ForgettingState(1).Restore([1, 5, 0, 0, 0])); // right, but never right
        Assert.Throws<PruningStateException>(() => new ScoreSumState(1).Restore([2, .. BitConverter.GetBytes(double.NaN)]));
    }
}
