using Federated.Coordinator.Pretraining;
using Federated.Engine.Optimizers;
using Federated.Methods.Pretraining;
using Xunit;

namespace Federated.Coordinator.Tests.Pretraining;

public sealed class PretrainCheckpointTests
{
    private static readonly PretrainCheckpoint Example = new(
        new PretrainState(17, 0.1 + 0.2, 12345678901, [1, -0f, float.NaN], [2.5f], new OptimizerSnapshot([3, 4, 5, 6, 7, 8], [Math.PI, 1e-300])),
        [new PretrainEpoch { Epoch = 1, LearningRate = 1.0 / 3, TrainingLoss = 2, TrainingAccuracy = 0.5, Accuracy = 0.25, Loss = 3, WallSeconds = 4 }],
        1.5);

    [Fact]
    public void What_is_saved_comes_back_bit_by_bit()
    {
        PretrainCheckpoint read = PretrainCheckpoint.Decode(Example.Encode());
        Assert.Equal(Example.Epochs.ToArray(), read.Epochs.ToArray());
        Assert.Equal((17, 0.1 + 0.2, 12345678901, 1.5), (read.State.Step, read.State.LossSum, read.State.Correct, read.WallSeconds));
        Assert.Equal(Bits(Example.State.Values), Bits(read.State.Values));
        Assert.Equal(Example.State.Statistics, read.State.Statistics);
        Assert.Equal(Example.State.Optimizer.Moments, read.State.Optimizer.Moments);
        Assert.Equal(Example.State.Optimizer.Powers, read.State.Optimizer.Powers);
    }

    [Fact]
    public void Every_cut_and_every_extra_byte_is_a_typed_error()
    {
        byte[] bytes = Example.Encode();
        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<InvalidDataException>(() => PretrainCheckpoint.Decode(bytes[..length]));
        Assert.Throws<InvalidDataException>(() => PretrainCheckpoint.Decode([.. bytes, 0]));
    }

    private static IEnumerable<int> Bits(float[] values) => values.Select(BitConverter.SingleToInt32Bits);
}
