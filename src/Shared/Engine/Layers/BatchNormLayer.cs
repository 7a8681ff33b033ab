using Federated.Engine.Kernels;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015) with the following addition of a residual and ReLU in the same sweep. Per channel over all images and positions;
/// lanes without image take no part. Running statistics as PyTorch's: momentum 0.1, unbiased variance.
/// </summary>
/// <remarks>
/// The statistics need the whole batch, so each pass has two parts: <see cref="Measure"/> on each group of blocks and <see cref="FinishMeasure"/> once, then
/// the sweep that applies them. Blocks are measured apart and combined in ascending order, so that no statistic depends on who measured which.
/// Between two convolutions a sparse mask cuts channels off. One that no weight writes is zero: its sweeps read a row of zeros. One that no weight reads
/// gets its statistics and nothing more; its gradients are zero. A probe of a convolution's pruned weights does look at them: for it they are computed.
/// </remarks>
internal sealed unsafe class BatchNormLayer : Layer, IDisposable
{
    private const double Epsilon = 1e-5;
    private const double Momentum = 0.1;

    private readonly BatchNormOperation operation;
    private readonly ActivationTensor input;
    private readonly ActivationTensor output;
    private readonly ActivationTensor? residual;
    private readonly bool accumulateInput;
    private readonly bool accumulateResidual;
    private readonly ConvolutionOperation? writer;
    private readonly ConvolutionOperation? reader;
    private readonly int channels;
    private readonly int positions;
    private readonly NativeBuffer<float> zeroRow;
    private bool[] unwritten;
    private bool[] unread;
    private bool isWriterDense;

    // Per block and channel: mean and centred squares, then gradient sum and centred product.
    private readonly (double First, double Second)[] blockSums;

    // What the forward pass used, for the backward pass: the mean, 1/√(variance + ε), and γ times it.
    private readonly float[] means;
    private readonly double[] inverseDeviations;
    private readonly float[] scales;

    // The input's gradient is d·gradientFactor + (input − mean)·inputFactor + constant.
    private readonly (float GradientFactor, float InputFactor, float Constant)[] gradientTerms;

    // Pooled statistics of a recalibration.
    private readonly double[] pooledMeans;
    private readonly double[] pooledSquares;
    private long pooledCount;
    private int scaleOffset;
    private int shiftOffset;

    /// <summary>Binds the layer to its tensors.</summary>
    /// <param name="operation">The plan's operation.</param>
    /// <param name="input">Input.</param>
    /// <param name="output">Output.</param>
    /// <param name="residual">What is added to the normalised input, or null.</param>
    /// <param name="accumulateInput">Whether the input's gradient is added to or overwritten.</param>
    /// <param name="accumulateResidual">The same of the residual's gradient.</param>
    /// <param name="maximumBlocks">The largest number of blocks of sixteen images in a batch.</param>
    /// <param name="writer">The convolution without bias that computes the input for this layer alone, or null when it is not so.</param>
    /// <param name="reader">The convolution that alone reads the output, or null when it is not so.</param>
    public BatchNormLayer(
        BatchNormOperation operation, ActivationTensor input, ActivationTensor output, ActivationTensor? residual, bool accumulateInput, bool accumulateResidual,
        int maximumBlocks, ConvolutionOperation? writer = null, ConvolutionOperation? reader = null)
    {
        this.writer = writer;
        this.reader = reader;
        this.operation = operation;
        this.input = input;
        this.output = output;
        this.residual = residual;
        this.accumulateInput = accumulateInput;
        this.accumulateResidual = accumulateResidual;
        channels = input.Geometry.Channels;
        positions = input.Geometry.Positions;
        zeroRow = new NativeBuffer<float>((long)input.Geometry.Width * Geometry.Lanes);
        unwritten = new bool[channels];
        unread = new bool[channels];
        blockSums = new (double, double)[maximumBlocks * channels];
        means = new float[channels];
        inverseDeviations = new double[channels];
        scales = new float[channels];
        gradientTerms = new (float, float, float)[channels];
        pooledMeans = new double[channels];
        pooledSquares = new double[channels];
    }

    public override void MaskChanged(Mask mask)
    {
        scaleOffset = mask.CompactOffset(operation.Scale);
        shiftOffset = mask.CompactOffset(operation.Shift);
        unwritten = writer is null ? new bool[channels] : ChannelUse.Unwritten(mask[writer.Weight], writer.Shape);
        isWriterDense = writer is not null && !ChannelUse.IsSparse(mask, writer.Weight);
        unread = reader is null || !ChannelUse.IsSparse(mask, reader.Weight) ? new bool[channels] : ChannelUse.Unread(mask[reader.Weight], reader.Shape);
    }

    /// <summary>Measures the inputs of some blocks. Not needed where running statistics are used.</summary>
    public void Measure(ref StepContext step, BlockRange blocks)
    {
        for (int block = blocks.First; block < blocks.End; block++)
        {
            BatchNormSweeps sweeps = Sweeps(in step, block);
            for (int c = 0; c < channels; c++)
                blockSums[(block * channels) + c] = unwritten[c] ? (0, 0) : sweeps.Moments(input.DataPlane(in step, blocks, c));
        }
    }

    /// <summary>Makes mean and variance of the whole batch of what <see cref="Measure"/> found; updates or pools the running statistics.</summary>
    public void FinishMeasure(ref StepContext step)
    {
        float* runningMean = step.Statistics + operation.StatisticsOffset;
        float* runningVariance = runningMean + channels;
        for (int c = 0; c < channels; c++)
        {
            (double mean, double squares) = blockSums[c];
            long samples = Samples(in step, 0);
            for (int block = 1; block < step.Blocks; block++)
            {
                long more = Samples(in step, block);
                (double blockMean, double blockSquares) = blockSums[(block * channels) + c];
                Combine(ref mean, ref squares, samples, blockMean, blockSquares, more);
                samples += more;
            }

            SetStatistics(in step, c, mean, squares / samples);
            if (step.Mode == ForwardMode.Train)
                UpdateRunning(ref runningMean[c], ref runningVariance[c], mean, squares, samples);
            else
                Combine(ref pooledMeans[c], ref pooledSquares[c], pooledCount, mean, squares, samples);
        }

        if (step.Mode == ForwardMode.Recalibrate)
            pooledCount += (long)step.Count * positions;
    }

    /// <summary>Instead of measuring: takes the running statistics.</summary>
    public void UseRunningStatistics(ref StepContext step)
    {
        float* runningMean = step.Statistics + operation.StatisticsOffset;
        for (int c = 0; c < channels; c++)
            SetStatistics(in step, c, runningMean[c], runningMean[channels + c]);
    }

    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        bool isReaderProbed = IsProbed(in step, reader);
        for (int block = blocks.First; block < blocks.End; block++)
        {
            BatchNormSweeps sweeps = Sweeps(in step, block);
            for (int c = 0; c < channels; c++)
            {
                if (!unread[c] || isReaderProbed)
                    Apply(in step, blocks, in sweeps, c);
            }
        }
    }

    /// <summary>Sums the output's gradients of some blocks, and passes the gradient of the residual on.</summary>
    /// <param name="step">The step.</param>
    /// <param name="blocks">The blocks.</param>
    /// <param name="recompute">Computes the output again on the way; not with a residual.</param>
    public void MeasureGradient(ref StepContext step, BlockRange blocks, bool recompute)
    {
        bool isReaderProbed = IsProbed(in step, reader);
        bool passes = residual is not null && residual.HasGradient && residual.GradientOf(in step, blocks) != output.GradientOf(in step, blocks);
        for (int block = blocks.First; block < blocks.End; block++)
        {
            BatchNormSweeps sweeps = Sweeps(in step, block);
            for (int c = 0; c < channels; c++)
            {
                blockSums[(block * channels) + c] = unread[c] ? (0, 0) : GradientSums(in step, blocks, in sweeps, c, passes, recompute);
                if (unread[c] && recompute && isReaderProbed)
                    Apply(in step, blocks, in sweeps, c);
            }
        }
    }

    /// <summary>Makes the gradients of scale and shift, and what the input's gradient needs, of what <see cref="MeasureGradient"/> found.</summary>
    public void FinishMeasureGradient(ref StepContext step)
    {
        double samples = (double)step.Count * positions;
        for (int c = 0; c < channels; c++)
        {
            (double sum, double product) = blockSums[c];
            for (int block = 1; block < step.Blocks; block++)
            {
                sum += blockSums[(block * channels) + c].First;
                product += blockSums[(block * channels) + c].Second;
            }

            step.Gradients[scaleOffset + c] = (float)(product * inverseDeviations[c]);
            step.Gradients[shiftOffset + c] = (float)sum;
            double factor = step.Values[scaleOffset + c] * inverseDeviations[c];
            // With running statistics the normalisation is a constant affine map; with the batch's own, mean and variance depend on every input.
            bool ownStatistics = step.Mode != ForwardMode.Evaluate;
            double ofInput = ownStatistics ? -factor * inverseDeviations[c] * inverseDeviations[c] * product / samples : 0;
            double constant = ownStatistics ? -factor * sum / samples : 0;
            gradientTerms[c] = ((float)factor, (float)ofInput, (float)constant);
        }
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        if (!input.HasGradient)
            return;
        // With a residual the masked gradient has taken the place of the output's.
        bool masks = operation.Relu && residual is null;
        bool isWriterProbed = IsProbed(in step, writer);
        float* shifts = step.Values + shiftOffset;
        for (int block = blocks.First; block < blocks.End; block++)
        {
            BatchNormSweeps sweeps = Sweeps(in step, block);
            for (int c = 0; c < channels; c++)
            {
                Plane to = input.GradientPlane(in step, blocks, c);
                if (unread[c] || (unwritten[c] && !isWriterProbed))
                {
                    // Kernels that run on kept weights only never look at a channel that has none.
                    if (!accumulateInput && (!unwritten[c] || isWriterDense || isWriterProbed))
                        to.Clear(block, input.Geometry.Height, input.Geometry.Width);
                    continue;
                }

                Plane z = InputPlane(in step, blocks, c);
                Plane d = output.GradientPlane(in step, blocks, c);
                (float factor, float ofInput, float constant) = gradientTerms[c];
                switch (masks, accumulateInput)
                {
                    case (false, false):
                        sweeps.InputGradient<Off, Off>(z, d, to, means[c], scales[c], shifts[c], factor, ofInput, constant);
                        break;
                    case (false, true):
                        sweeps.InputGradient<Off, On>(z, d, to, means[c], scales[c], shifts[c], factor, ofInput, constant);
                        break;
                    case (true, false):
                        sweeps.InputGradient<On, Off>(z, d, to, means[c], scales[c], shifts[c], factor, ofInput, constant);
                        break;
                    case (true, true):
                        sweeps.InputGradient<On, On>(z, d, to, means[c], scales[c], shifts[c], factor, ofInput, constant);
                        break;
                }
            }
        }
    }

    public override void Forward(ref StepContext step)
    {
        var all = new BlockRange(0, step.Blocks);
        if (step.Mode == ForwardMode.Evaluate)
        {
            UseRunningStatistics(ref step);
        }
        else
        {
            Measure(ref step, all);
            FinishMeasure(ref step);
        }

        Forward(ref step, all);
    }

    public override void Backward(ref StepContext step)
    {
        var all = new BlockRange(0, step.Blocks);
        MeasureGradient(ref step, all, recompute: false);
        FinishMeasureGradient(ref step);
        Backward(ref step, all);
    }

    /// <inheritdoc/>
    public void Dispose() => zeroRow.Dispose();

    /// <summary>Forgets the pooled statistics.</summary>
    public void BeginRecalibration()
    {
        pooledCount = 0;
        Array.Clear(pooledMeans);
        Array.Clear(pooledSquares);
    }

    /// <summary>Writes the pooled mean and unbiased variance; leaves a variance as it is when only one value was seen, and both when none was.</summary>
    public void EndRecalibration(Span<float> statistics)
    {
        if (pooledCount == 0)
            return;
        Span<float> mean = statistics.Slice(operation.StatisticsOffset, channels);
        Span<float> variance = statistics.Slice(operation.StatisticsOffset + channels, channels);
        for (int c = 0; c < channels; c++)
        {
            mean[c] = (float)pooledMeans[c];
            if (pooledCount > 1)
                variance[c] = (float)(pooledSquares[c] / (pooledCount - 1));
        }
    }

    private static void UpdateRunning(ref float runningMean, ref float runningVariance, double mean, double squares, long samples)
    {
        runningMean = (float)(((1 - Momentum) * runningMean) + (Momentum * mean));
        // One value has no unbiased variance; PyTorch refuses such a batch, a client with one image left over must go on.
        if (samples > 1)
            runningVariance = (float)(((1 - Momentum) * runningVariance) + (Momentum * squares / (samples - 1)));
    }

    /// <summary>Chan, Golub and LeVeque's update: the moments of the union of two sets from their counts, means and centred squares.</summary>
    private static void Combine(ref double mean, ref double squares, long samples, double otherMean, double otherSquares, long otherSamples)
    {
        double total = (double)samples + otherSamples;
        double delta = otherMean - mean;
        mean += delta * otherSamples / total;
        squares += otherSquares + (delta * delta * samples * otherSamples / total);
    }

    private static bool IsProbed(in StepContext step, ConvolutionOperation? convolution) => convolution is not null && step.Probe?[convolution.Weight] is not null;

    private Plane InputPlane(in StepContext step, BlockRange blocks, int channel) =>
        unwritten[channel] ? Plane.Repeat(zeroRow.Pointer) : input.DataPlane(in step, blocks, channel);

    private BatchNormSweeps Sweeps(in StepContext step, int block) => new(input.Geometry.Height, input.Geometry.Width, block, step.Count);

    private long Samples(in StepContext step, int block) => (long)Math.Min(Geometry.Lanes, step.Count - (block * Geometry.Lanes)) * positions;

    private void SetStatistics(in StepContext step, int channel, double mean, double variance)
    {
        means[channel] = (float)mean;
        inverseDeviations[channel] = 1 / Math.Sqrt(variance + Epsilon);
        scales[channel] = (float)(step.Values[scaleOffset + channel] * inverseDeviations[channel]);
    }

    private void Apply(in StepContext step, BlockRange blocks, in BatchNormSweeps sweeps, int c)
    {
        Plane from = InputPlane(in step, blocks, c);
        Plane to = output.DataPlane(in step, blocks, c);
        Plane other = residual is null ? default : residual.DataPlane(in step, blocks, c);
        float shift = step.Values[shiftOffset + c];
        switch (residual is not null, operation.Relu)
        {
            case (true, true):
                sweeps.Apply<On, On>(from, other, to, means[c], scales[c], shift);
                break;
            case (true, false):
                sweeps.Apply<On, Off>(from, other, to, means[c], scales[c], shift);
                break;
            case (false, true):
                sweeps.Apply<Off, On>(from, other, to, means[c], scales[c], shift);
                break;
            case (false, false):
                sweeps.Apply<Off, Off>(from, other, to, means[c], scales[c], shift);
                break;
        }
    }

    private (double Sum, double Product) GradientSums(in StepContext step, BlockRange blocks, in BatchNormSweeps sweeps, int c, bool passes, bool recompute)
    {
        Plane z = InputPlane(in step, blocks, c);
        Plane d = output.GradientPlane(in step, blocks, c);
        float shift = step.Values[shiftOffset + c];
        if (residual is null)
        {
            Plane to = recompute ? output.DataPlane(in step, blocks, c) : default;
            return (operation.Relu, recompute) switch
            {
                (true, true) => sweeps.GradientSums<On, Off, Off, Off, On>(z, to, d, default, means[c], scales[c], shift),
                (true, false) => sweeps.GradientSums<On, Off, Off, Off, Off>(z, to, d, default, means[c], scales[c], shift),
                (false, true) => sweeps.GradientSums<Off, Off, Off, Off, On>(z, to, d, default, means[c], scales[c], shift),
                (false, false) => sweeps.GradientSums<Off, Off, Off, Off, Off>(z, to, d, default, means[c], scales[c], shift),
            };
        }

        Plane y = output.DataPlane(in step, blocks, c);
        Plane r = passes ? residual.GradientPlane(in step, blocks, c) : default;
        return (operation.Relu, passes, accumulateResidual) switch
        {
            (false, false, _) => sweeps.GradientSums<Off, On, Off, Off, Off>(z, y, d, r, means[c], scales[c], shift),
            (false, true, false) => sweeps.GradientSums<Off, On, On, Off, Off>(z, y, d, r, means[c], scales[c], shift),
            (false, true, true) => sweeps.GradientSums<Off, On, On, On, Off>(z, y, d, r, means[c], scales[c], shift),
            (true, false, _) => sweeps.GradientSums<On, On, Off, Off, Off>(z, y, d, r, means[c], scales[c], shift),
            (true, true, false) => sweeps.GradientSums<On, On, On, Off, Off>(z, y, d, r, means[c], scales[c], shift),
            (true, true, true) => sweeps.GradientSums<On, On, On, On, Off>(z, y, d, r, means[c], scales[c], shift),
        };
    }
}
