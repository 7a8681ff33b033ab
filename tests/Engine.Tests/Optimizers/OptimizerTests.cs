using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Parameters;
using Federated.Engine.Tests.Networks;
using Federated.Engine.Tests.Reference;
using Xunit;

namespace Federated.Engine.Tests.Optimizers;

public sealed class OptimizerTests
{
    [Theory]
    [InlineData(0, false, 0)]
    [InlineData(0, false, 0.01)]
    [InlineData(0.9, false, 0.01)]
    [InlineData(0.9, true, 0.01)]
    public void Sgd_FollowsTheReference(double momentum, bool nesterov, double weightDecay)
    {
        var optimizer = new Sgd((float)momentum, nesterov, (float)weightDecay);
        var reference = new ReferenceSgd((float)0.1, (float)momentum, (float)weightDecay, nesterov);
        AssertFollows(optimizer, 0.1f, reference.Step);
        Assert.Equal(momentum == 0 ? 0 : 1, optimizer.StatePerValue);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.1, false)]
    [InlineData(0.1, true)]
    public void Adam_FollowsTheReference(double weightDecay, bool decoupled)
    {
        var optimizer = new Adam(weightDecay: (float)weightDecay, decoupled: decoupled);
        var reference = new ReferenceAdam((float)0.01, epsilon: 1e-8f, weightDecay: (float)weightDecay, decoupled: decoupled);
        AssertFollows(optimizer, 0.01f, reference.Step);
        Assert.Equal(2, optimizer.StatePerValue);
    }

    [Fact]
    public void SgdStep_ByHand()
    {
        var optimizer = new Sgd(momentum: 0.5f, weightDecay: 0.25f);
        optimizer.Reset(1);
        float[] w = [4];
        optimizer.Step(w, [1], 0.5f); // g = 1 + 1 = 2, b = 2, w = 4 − 1
        Assert.Equal(3, w[0]);
        optimizer.Step(w, [1], 0.5f); // g = 1 + 0.75, b = 1 + 1.75 = 2.75, w = 3 − 1.375
        Assert.Equal(1.625f, w[0]);
    }

    [Fact]
    public void VectorsAndTail_GiveTheSameBits()
    {
        // The same coordinate computed in a vector and as the scalar rest behind it.
        foreach (IOptimizer optimizer in new IOptimizer[] { new Sgd(0.9f, nesterov: true, 0.01f), new Adam(weightDecay: 0.01f, decoupled: true) })
        {
            float[] values = Plans.Normals(16, seed: 1);
            float[] gradients = Plans.Normals(16, seed: 2);
            float[] vector = [.. values];
            optimizer.Reset(16);
            optimizer.Step(vector, gradients, 0.1f);
            optimizer.Step(vector, gradients, 0.1f);
            for (int i = 0; i < 16; i++)
            {
                float[] single = [values[i]];
                optimizer.Reset(1);
                optimizer.Step(single, [gradients[i]], 0.1f);
                optimizer.Step(single, [gradients[i]], 0.1f);
                Assert.Equal(vector[i], single[0]);
            }
        }
    }

    [Fact]
    public void Remap_KeepsTheStateOfCoordinatesInBothMasks()
    {
        NetworkPlan plan = Plans.Create("plain");
        Mask from = Plans.RandomMask(plan, 0.5, seed: 1);
        foreach (Mask to in new[] { Plans.RandomMask(plan, 0.5, seed: 2), Mask.Dense(plan.Parameters), from })
        {
            var optimizer = new Sgd(momentum: 0.5f);
            optimizer.Reset(from.Count);
            float[] gradients = Plans.Normals(from.Count, seed: 3);
            optimizer.Step(new float[from.Count], gradients, 0);
            optimizer.Remap(from, to);

            // With gradient 0 and rate 1 the next step moves each value by half its momentum.
            float[] values = new float[to.Count];
            optimizer.Step(values, new float[to.Count], 1);
            Assert.Equal(from.Transfer(gradients, to).Select(static g => -0.5f * g), values);
        }
    }

    [Fact]
    public void Step_AllocatesNothing()
    {
        var optimizer = new Adam();
        optimizer.Reset(100);
        float[] values = new float[100];
        optimizer.Step(values, values, 0.1f);
        long before = GC.GetAllocatedBytesForCurrentThread();
        optimizer.Step(values, values, 0.1f);
        optimizer.Reset(50);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("momentum")]
    [InlineData("adamw")]
    public void RestoredState_GoesOnToTheSameBits(string name)
    {
        IOptimizer Create() => name switch { "sgd" => new Sgd(weightDecay: 0.01f), "momentum" => new Sgd(0.9f, nesterov: true), _ => new Adam(weightDecay: 0.1f, decoupled: true) };
        IOptimizer first = Create();
        first.Reset(37);
        float[] values = Plans.Normals(37, seed: 1);
        for (ulong step = 0; step < 5; step++)
            first.Step(values, Plans.Normals(37, seed: 10 + step), 0.1f);
        IOptimizer second = Create();
        second.Reset(37);
        second.Restore(first.Save());
        float[] copy = [.. values];
        for (ulong step = 5; step < 9; step++)
        {
            first.Step(values, Plans.Normals(37, seed: 10 + step), 0.1f);
            second.Step(copy, Plans.Normals(37, seed: 10 + step), 0.1f);
        }

        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), copy.Select(BitConverter.SingleToInt32Bits));
        Assert.Throws<ArgumentException>(() => second.Restore(new OptimizerSnapshot(new float[5], [])));
    }

    [Fact]
    public void Arguments_OutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(momentum: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(weightDecay: float.NaN));
        Assert.Throws<ArgumentException>(() => new Sgd(nesterov: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(beta2: -0.1));
        var optimizer = new Sgd();
        optimizer.Reset(3);
        Assert.Throws<ArgumentException>(() => optimizer.Step(new float[4], new float[4], 0.1f));
    }

    private static void AssertFollows(IOptimizer optimizer, float rate, Action<double[], double[]> reference)
    {
        float[] values = Plans.Normals(37, seed: 1);
        double[] expected = [.. values.Select(static v => (double)v)];
        optimizer.Reset(37);
        for (ulong step = 0; step < 20; step++)
        {
            float[] gradients = Plans.Normals(37, seed: 10 + step);
            optimizer.Step(values, gradients, rate);
            reference(expected, [.. gradients.Select(static v => (double)v)]);
        }

        for (int i = 0; i < values.Length; i++)
            Assert.Equal(expected[i], values[i], 1e-5);
    }
}
