using Federated.Engine.Randomness;
using Xunit;

namespace Federated.Engine.Tests.Reference;

/// <summary>The reference layers' backward passes against central differences of their forward passes, and a few values worked out by hand.</summary>
public sealed class ReferenceTests
{
    private KeyedRandom random = new(new RandomKey(1, RandomPurpose.Synthetic));

    [Theory]
    [InlineData(2, 3, 4, 5, 6, 3, 1, 1, 1)]
    [InlineData(1, 4, 6, 7, 5, 3, 2, 1, 2)]
    [InlineData(2, 4, 4, 4, 4, 2, 2, 0, 4)]
    [InlineData(2, 3, 2, 5, 5, 1, 2, 0, 1)]
    [InlineData(1, 2, 2, 3, 3, 5, 1, 2, 1)]
    public void Convolution_Gradients(int batch, int inputs, int outputs, int height, int width, int kernel, int stride, int padding, int groups)
    {
        ReferenceTensor x = RandomTensor(new ReferenceShape(batch, inputs, height, width));
        double[] weight = RandomValues(outputs * inputs / groups * kernel * kernel);
        double[] bias = RandomValues(outputs);
        var convolution = new ReferenceConvolution(outputs, kernel, stride, padding, groups);
        ReferenceTensor dy = RandomTensor(convolution.Forward(x, weight, bias).Shape);
        (ReferenceTensor dx, double[] dw, double[] db) = convolution.Backward(x, weight, dy);
        double Loss() => Dot(convolution.Forward(x, weight, bias), dy);
        AssertGradient(Loss, x.Values, dx.Values);
        AssertGradient(Loss, weight, dw);
        AssertGradient(Loss, bias, db);
    }

    [Fact]
    public void Convolution_OfThreeByThree_IsWhatTheHandComputes()
    {
        var x = new ReferenceTensor(new ReferenceShape(1, 1, 3, 3), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        Assert.Equal([1 - 5, 2 - 6, 4 - 8, 5 - 9], new ReferenceConvolution(1, 2).Forward(x, [1, 0, 0, -1], null).Values);
        // With a border of zeros and stride 2: 0 − 1, 0 − 3, 0 − 7, 5 − 9, and the bias.
        Assert.Equal([-0.5, -2.5, -6.5, -3.5], new ReferenceConvolution(1, 2, Stride: 2, Padding: 1).Forward(x, [1, 0, 0, -1], [0.5]).Values);
    }

    [Fact]
    public void Linear_Gradients()
    {
        ReferenceTensor x = RandomTensor(new ReferenceShape(3, 2, 2, 2));
        double[] weight = RandomValues(5 * 8);
        double[] bias = RandomValues(5);
        ReferenceTensor dy = RandomTensor(new ReferenceShape(3, 5));
        (ReferenceTensor dx, double[] dw, double[] db) = ReferenceLinear.Backward(x, weight, dy);
        double Loss() => Dot(ReferenceLinear.Forward(x, weight, bias), dy);
        AssertGradient(Loss, x.Values, dx.Values);
        AssertGradient(Loss, weight, dw);
        AssertGradient(Loss, bias, db);
    }

    [Theory]
    [InlineData("batch")]
    [InlineData("running")]
    [InlineData("groups")]
    public void Normalization_Gradients(string kind)
    {
        ReferenceTensor x = RandomTensor(new ReferenceShape(3, 4, 2, 3));
        double[] scale = RandomValues(4);
        double[] shift = RandomValues(4);
        double[] mean = RandomValues(4);
        double[] variance = [.. RandomValues(4).Select(v => 1 + v)];
        ReferenceTensor dy = RandomTensor(x.Shape);
        ReferenceNormalization Normalization() => kind switch
        {
            "batch" => ReferenceNormalization.OverBatch(x),
            "running" => ReferenceNormalization.WithStatistics(x, mean, variance),
            _ => ReferenceNormalization.OverGroups(x, 2),
        };
        (ReferenceTensor dx, double[] dScale, double[] dShift) = Normalization().Backward(x, scale, dy);
        double Loss() => Dot(Normalization().Forward(x, scale, shift), dy);
        AssertGradient(Loss, x.Values, dx.Values);
        AssertGradient(Loss, scale, dScale);
        AssertGradient(Loss, shift, dShift);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(3, 5)]
    public void Attention_Gradients(int heads, int tokens)
    {
        ReferenceTensor x = RandomTensor(new ReferenceShape(2, 3 * heads * 2, 1, tokens));
        ReferenceTensor dy = RandomTensor(new ReferenceShape(2, heads * 2, 1, tokens));
        var attention = new ReferenceAttention(heads);
        AssertGradient(() => Dot(attention.Forward(x), dy), x.Values, attention.Backward(x, dy).Values);
    }

    [Fact]
    public void BatchNormalization_OfTwoChannels_IsWhatTheHandComputes()
    {
        var x = new ReferenceTensor(new ReferenceShape(2, 2), [1, 10, 3, 30]);
        var normalization = ReferenceNormalization.OverBatch(x);
        Assert.Equal([2, 20], normalization.Mean);
        Assert.Equal([1, 100], normalization.Variance);
        double[] mean = [0, 0];
        double[] variance = [1, 1];
        normalization.UpdateRunning(mean, variance);
        Assert.Equal([0.2, 2], mean);
        Assert.Equal([0.9 + 0.2, 0.9 + 20], variance); // unbiased: 2 and 200
        double[] y = normalization.Forward(x, [2, 1], [5, 0]).Values;
        Assert.Equal(5 - (2 / Math.Sqrt(1 + 1e-5)), y[0], 14);
        Assert.Equal(10 / Math.Sqrt(100 + 1e-5), y[3], 14);
    }

    [Theory]
    [InlineData(5, 2, 2, 0)]
    [InlineData(7, 3, 2, 1)]
    [InlineData(4, 3, 1, 1)]
    public void SlidingPools_Gradients(int size, int kernel, int stride, int padding)
        => AssertPoolGradients(size, ReferencePooling.Sliding(size, kernel, stride, padding));

    [Theory]
    [InlineData(5, 1)]
    [InlineData(5, 2)]
    [InlineData(7, 3)]
    [InlineData(2, 5)]
    public void AdaptivePools_Gradients(int size, int outputs)
        => AssertPoolGradients(size, ReferencePooling.Adaptive(size, outputs));

    [Fact]
    public void PoolWindows_AreWhatTheHandComputes()
    {
        Assert.Equal([(0, 2), (2, 4)], ReferencePooling.Sliding(5, 2, 2));
        Assert.Equal([(0, 2), (1, 4), (3, 5)], ReferencePooling.Sliding(5, 3, 2, 1));
        Assert.Equal([(0, 3), (2, 5)], ReferencePooling.Adaptive(5, 2));
        Assert.Equal([(0, 1), (0, 1), (0, 1)], ReferencePooling.Adaptive(1, 3));
    }

    [Fact]
    public void ReluAndDropout_Gradients()
    {
        ReferenceTensor x = RandomTensor(new ReferenceShape(2, 3, 2, 2));
        ReferenceTensor dy = RandomTensor(x.Shape);
        AssertGradient(() => Dot(ReferenceElementwise.Relu(x), dy), x.Values, ReferenceElementwise.ReluBackward(x, dy).Values);
        bool[] kept = [.. x.Values.Select((_, i) => i % 3 != 0)];
        AssertGradient(() => Dot(ReferenceElementwise.Dropout(x, kept, 0.25), dy), x.Values, ReferenceElementwise.Dropout(dy, kept, 0.25).Values);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void SoftmaxCrossEntropy_Gradients(double smoothing)
    {
        ReferenceTensor logits = RandomTensor(new ReferenceShape(4, 5));
        int[] labels = [0, 4, 2, 2];
        AssertGradient(() => ReferenceSoftmaxCrossEntropy.Compute(logits, labels, smoothing).Loss, logits.Values, ReferenceSoftmaxCrossEntropy.Compute(logits, labels, smoothing).Gradient.Values);
    }

    [Fact]
    public void SoftmaxCrossEntropy_OfEqualLogits_IsTheLogarithmOfTheClasses()
    {
        var logits = new ReferenceTensor(new ReferenceShape(1, 4), [1000, 1000, 1000, 1000]);
        (double loss, ReferenceTensor gradient) = ReferenceSoftmaxCrossEntropy.Compute(logits, [1]);
        Assert.Equal(1.3862943611198906, loss, 14); // ln 4
        Assert.Equal([0.25, -0.75, 0.25, 0.25], gradient.Values, (a, b) => Math.Abs(a - b) < 1e-15);
    }

    [Fact]
    public void Sgd_TwoSteps_IsWhatTheHandComputes()
    {
        double[] plain = [1];
        double[] nesterov = [1];
        var sgd = new ReferenceSgd(0.1, 0.5, 0.2);
        var nesterovSgd = new ReferenceSgd(0.1, 0.5, 0.2, nesterov: true);
        sgd.Step(plain, [2]); // g = 2.2, v = 2.2, w = 0.78
        nesterovSgd.Step(nesterov, [2]); // w = 1 − 0.1·(2.2 + 1.1) = 0.67
        Assert.Equal(0.78, plain[0], 14);
        Assert.Equal(0.67, nesterov[0], 14);
        sgd.Step(plain, [1]); // g = 1.156, v = 2.256, w = 0.5544
        Assert.Equal(0.5544, plain[0], 14);
    }

    [Fact]
    public void Adam_FirstStep_MovesByTheRate()
    {
        double[] adam = [1];
        double[] adamW = [1];
        new ReferenceAdam(0.1, weightDecay: 0.5).Step(adam, [3]);
        new ReferenceAdam(0.1, weightDecay: 0.5, decoupled: true).Step(adamW, [3]);
        Assert.Equal(0.9, adam[0], 8);
        Assert.Equal(1 - 0.05 - 0.1, adamW[0], 8);
    }

    private static double Dot(ReferenceTensor y, ReferenceTensor dy) => y.Values.Zip(dy.Values, static (a, b) => a * b).Sum();

    private static void AssertGradient(Func<double> loss, double[] values, double[] gradient)
    {
        Assert.Equal(values.Length, gradient.Length);
        const double Step = 1e-5; // truncation ~ step², cancellation ~ 1e-16/step: both near 1e-10
        for (int i = 0; i < values.Length; i++)
        {
            double value = values[i];
            values[i] = value + Step;
            double above = loss();
            values[i] = value - Step;
            double below = loss();
            values[i] = value;
            double difference = (above - below) / (2 * Step);
            Assert.True(Math.Abs(difference - gradient[i]) <= 1e-7 * (1 + Math.Abs(difference)), $"value {i}: gradient {gradient[i]}, difference {difference}");
        }
    }

    private void AssertPoolGradients(int size, (int Start, int End)[] windows)
    {
        ReferenceTensor x = RandomTensor(new ReferenceShape(2, 2, size, size));
        var pool = new ReferencePooling(windows, windows);
        ReferenceTensor dy = RandomTensor(pool.Average(x).Shape);
        AssertGradient(() => Dot(pool.Average(x), dy), x.Values, pool.AverageBackward(x, dy).Values);
        AssertGradient(() => Dot(pool.Maximum(x), dy), x.Values, pool.MaximumBackward(x, dy).Values);
    }

    private ReferenceTensor RandomTensor(ReferenceShape shape) => new(shape, RandomValues(shape.Count));

    private double[] RandomValues(int count)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = (2 * random.NextDouble()) - 1;
        return values;
    }
}
