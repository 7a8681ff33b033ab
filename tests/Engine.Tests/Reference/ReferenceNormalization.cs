namespace Federated.Engine.Tests.Reference;

/// <summary>
/// Normalisation over sets of values: batch normalisation takes one set per channel over all images (Ioffe and Szegedy 2015), group normalisation one
/// per image and group of channels (Wu and He 2018), layer normalisation one per image and position (Ba et al. 2016). y = scale · (x − mean)/√(var + ε) + shift with the biased variance.
/// </summary>
internal sealed class ReferenceNormalization
{
    public const double Momentum = 0.1;

    private readonly double epsilon;
    private readonly int[] setOf;
    private readonly int[] sizes;
    private readonly ReferenceShape shape;
    private readonly bool isConstant;

    private ReferenceNormalization(ReferenceShape shape, int sets, Func<int, int, int, int> setOfImageChannelAndPosition, double epsilon = 1e-5)
    {
        this.shape = shape;
        this.epsilon = epsilon;
        int positions = shape.Height * shape.Width;
        setOf = new int[shape.Count];
        sizes = new int[sets];
        for (int i = 0; i < setOf.Length; i++)
        {
            setOf[i] = setOfImageChannelAndPosition(i / shape.PerImage, Channel(i), i % positions);
            sizes[setOf[i]]++;
        }

        Mean = new double[sets];
        Variance = new double[sets];
    }

    private ReferenceNormalization(ReferenceShape shape, double[] mean, double[] variance)
        : this(shape, shape.Channels, static (_, channel, _) => channel)
    {
        Mean = mean;
        Variance = variance;
        isConstant = true;
    }

    /// <summary>Mean of each set.</summary>
    public double[] Mean { get; }

    /// <summary>Biased variance of each set.</summary>
    public double[] Variance { get; }

    /// <summary>Batch normalisation with the batch's own statistics.</summary>
    public static ReferenceNormalization OverBatch(ReferenceTensor x)
        => new ReferenceNormalization(x.Shape, x.Shape.Channels, static (_, channel, _) => channel).Measure(x);

    /// <summary>Batch normalisation with running statistics.</summary>
    public static ReferenceNormalization WithStatistics(ReferenceTensor x, double[] mean, double[] variance) => new(x.Shape, mean, variance);

    /// <summary>Group normalisation.</summary>
    public static ReferenceNormalization OverGroups(ReferenceTensor x, int groups)
    {
        int perGroup = x.Shape.Channels / groups;
        return new ReferenceNormalization(x.Shape, x.Shape.Batch * groups, (image, channel, _) => (image * groups) + (channel / perGroup)).Measure(x);
    }

    /// <summary>Layer normalisation, whose ε is 10⁻⁶ in vision transformers.</summary>
    public static ReferenceNormalization OverChannels(ReferenceTensor x)
    {
        int positions = x.Shape.Height * x.Shape.Width;
        return new ReferenceNormalization(x.Shape, x.Shape.Batch * positions, (image, _, position) => (image * positions) + position, 1e-6).Measure(x);
    }

    public ReferenceTensor Forward(ReferenceTensor x, double[] scale, double[] shift)
    {
        var y = new ReferenceTensor(shape);
        for (int i = 0; i < setOf.Length; i++)
            y.Values[i] = (scale[Channel(i)] * Normalized(x, i)) + shift[Channel(i)];
        return y;
    }

    public (ReferenceTensor Input, double[] Scale, double[] Shift) Backward(ReferenceTensor x, double[] scale, ReferenceTensor dy)
    {
        double[] dScale = new double[shape.Channels];
        double[] dShift = new double[shape.Channels];
        double[] sum = new double[sizes.Length];
        double[] sumTimesNormalized = new double[sizes.Length];
        for (int i = 0; i < setOf.Length; i++)
        {
            dShift[Channel(i)] += dy.Values[i];
            dScale[Channel(i)] += dy.Values[i] * Normalized(x, i);
            sum[setOf[i]] += dy.Values[i] * scale[Channel(i)];
            sumTimesNormalized[setOf[i]] += dy.Values[i] * scale[Channel(i)] * Normalized(x, i);
        }

        var dx = new ReferenceTensor(shape);
        for (int i = 0; i < setOf.Length; i++)
        {
            int set = setOf[i];
            double d = dy.Values[i] * scale[Channel(i)];
            if (!isConstant)
                d -= (sum[set] + (Normalized(x, i) * sumTimesNormalized[set])) / sizes[set];
            dx.Values[i] = d / Math.Sqrt(Variance[set] + epsilon);
        }

        return (dx, dScale, dShift);
    }

    /// <summary>PyTorch's running statistics: the old ones times 0.9 plus 0.1 times the batch's mean and unbiased variance.</summary>
    public void UpdateRunning(double[] mean, double[] variance)
    {
        for (int set = 0; set < sizes.Length; set++)
        {
            mean[set] = ((1 - Momentum) * mean[set]) + (Momentum * Mean[set]);
            variance[set] = ((1 - Momentum) * variance[set]) + (Momentum * Variance[set] * sizes[set] / (sizes[set] - 1));
        }
    }

    private int Channel(int i) => i / (shape.Height * shape.Width) % shape.Channels;

    private double Normalized(ReferenceTensor x, int i) => (x.Values[i] - Mean[setOf[i]]) / Math.Sqrt(Variance[setOf[i]] + epsilon);

    private ReferenceNormalization Measure(ReferenceTensor x)
    {
        for (int i = 0; i < setOf.Length; i++)
            Mean[setOf[i]] += x.Values[i] / sizes[setOf[i]];
        for (int i = 0; i < setOf.Length; i++)
            Variance[setOf[i]] += (x.Values[i] - Mean[setOf[i]]) * (x.Values[i] - Mean[setOf[i]]) / sizes[setOf[i]];
        return this;
    }
}
