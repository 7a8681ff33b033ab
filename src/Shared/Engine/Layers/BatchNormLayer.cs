using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015) with the following addition of a residual and ReLU in the same sweep. Per channel over all images and positions;
/// lanes without image take no part. Running statistics as PyTorch's: momentum 0.1, unbiased variance.
/// </summary>
internal sealed unsafe class BatchNormLayer : Layer
{
    private const double Epsilon = 1e-5;
    private const double Momentum = 0.1;

    private readonly BatchNormOperation operation;
    private readonly ActivationTensor input;
    private readonly ActivationTensor output;
    private readonly ActivationTensor? residual;
    private readonly bool accumulateInput;
    private readonly bool accumulateResidual;
    private readonly int channels;
    private readonly int positions;

    // What the forward pass used, for the backward pass: the mean, 1/√(variance + ε), and γ times it.
    private readonly float[] means;
    private readonly double[] inverseDeviations;
    private readonly float[] scales;

    // Pooled statistics of a recalibration.
    private readonly double[] pooledMeans;
    private readonly double[] pooledSquares;
    private long pooledCount;
    private int scaleOffset;
    private int shiftOffset;

    public BatchNormLayer(
        BatchNormOperation operation, ActivationTensor input, ActivationTensor output, ActivationTensor? residual, bool accumulateInput, bool accumulateResidual)
    {
        this.operation = operation;
        this.input = input;
        this.output = output;
        this.residual = residual;
        this.accumulateInput = accumulateInput;
        this.accumulateResidual = accumulateResidual;
        channels = input.Geometry.Channels;
        positions = input.Geometry.Positions;
        means = new float[channels];
        inverseDeviations = new double[channels];
        scales = new float[channels];
        pooledMeans = new double[channels];
        pooledSquares = new double[channels];
    }

    public override void MaskChanged(Mask mask)
    {
        scaleOffset = mask.CompactOffset(operation.Scale);
        shiftOffset = mask.CompactOffset(operation.Shift);
    }

    public override void Forward(ref StepContext step)
    {
        var sweeps = new BatchNormSweeps(input.Geometry.Height, input.Geometry.Width, step.Count);
        float* runningMean = step.Statistics + operation.StatisticsOffset;
        float* runningVariance = runningMean + channels;
        long samples = (long)step.Count * positions;
        for (int c = 0; c < channels; c++)
        {
            var plane = new Plane(input.Geometry, input.Data, c);
            double variance;
            if (step.Mode == ForwardMode.Evaluate)
            {
                means[c] = runningMean[c];
                variance = runningVariance[c];
            }
            else
            {
                double mean = sweeps.Sum(plane) / samples;
                means[c] = (float)mean;
                // The squares are taken around the rounded mean; what that adds is known exactly.
                double shift = mean - means[c];
                double squares = Math.Max(0, sweeps.CentredSquares(plane, means[c]) - (samples * shift * shift));
                variance = squares / samples;
                if (step.Mode == ForwardMode.Train)
                    UpdateRunning(ref runningMean[c], ref runningVariance[c], mean, squares, samples);
                else
                    Pool(c, mean, squares, samples);
            }

            inverseDeviations[c] = 1 / Math.Sqrt(variance + Epsilon);
            scales[c] = (float)(step.Values[scaleOffset + c] * inverseDeviations[c]);
            Apply(in sweeps, plane, c, step.Values[shiftOffset + c]);
        }

        if (step.Mode == ForwardMode.Recalibrate)
            pooledCount += samples;
    }

    public override void Backward(ref StepContext step)
    {
        var sweeps = new BatchNormSweeps(input.Geometry.Height, input.Geometry.Width, step.Count);
        double samples = (double)step.Count * positions;
        for (int c = 0; c < channels; c++)
        {
            float shift = step.Values[shiftOffset + c];
            (double sum, double product) = GradientSums(in sweeps, c, shift);
            step.Gradients[scaleOffset + c] = (float)(product * inverseDeviations[c]);
            step.Gradients[shiftOffset + c] = (float)sum;
            if (input.Gradient is null)
                continue;
            double factor = step.Values[scaleOffset + c] * inverseDeviations[c];
            // With running statistics the normalisation is a constant affine map; with the batch's own, mean and variance depend on every input.
            bool ownStatistics = step.Mode != ForwardMode.Evaluate;
            double ofInput = ownStatistics ? -factor * inverseDeviations[c] * inverseDeviations[c] * product / samples : 0;
            double constant = ownStatistics ? -factor * sum / samples : 0;
            InputGradient(in sweeps, c, shift, (float)factor, (float)ofInput, (float)constant);
        }
    }

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
    private void Pool(int channel, double mean, double squares, long samples)
    {
        double total = (double)pooledCount + samples;
        double delta = mean - pooledMeans[channel];
        pooledMeans[channel] += delta * samples / total;
        pooledSquares[channel] += squares + (delta * delta * pooledCount * samples / total);
    }

    private void Apply(in BatchNormSweeps sweeps, Plane plane, int c, float shift)
    {
        var to = new Plane(output.Geometry, output.Data, c);
        if (residual is not null)
        {
            var other = new Plane(residual.Geometry, residual.Data, c);
            if (operation.Relu)
                sweeps.Apply<On, On>(plane, other, to, means[c], scales[c], shift);
            else
                sweeps.Apply<On, Off>(plane, other, to, means[c], scales[c], shift);
        }
        else if (operation.Relu)
        {
            sweeps.Apply<Off, On>(plane, default, to, means[c], scales[c], shift);
        }
        else
        {
            sweeps.Apply<Off, Off>(plane, default, to, means[c], scales[c], shift);
        }
    }

    private (double Sum, double Product) GradientSums(in BatchNormSweeps sweeps, int c, float shift)
    {
        var z = new Plane(input.Geometry, input.Data, c);
        var y = new Plane(output.Geometry, output.Data, c);
        var d = new Plane(output.Geometry, output.Gradient, c);
        if (residual is null || residual.Gradient is null)
        {
            return (operation.Relu, residual is not null) switch
            {
                (false, _) => sweeps.GradientSums<Off, Off, Off>(z, y, d, default, means[c], scales[c], shift),
                (true, false) => sweeps.GradientSums<Off, Off, On>(z, y, d, default, means[c], scales[c], shift),
                // The residual is the network's input: the masked gradient is needed by nobody and replaces the output's.
                (true, true) => sweeps.GradientSums<On, Off, On>(z, y, d, d, means[c], scales[c], shift),
            };
        }

        var r = new Plane(residual.Geometry, residual.Gradient, c);
        return (accumulateResidual, operation.Relu) switch
        {
            (false, false) => sweeps.GradientSums<On, Off, Off>(z, y, d, r, means[c], scales[c], shift),
            (false, true) => sweeps.GradientSums<On, Off, On>(z, y, d, r, means[c], scales[c], shift),
            (true, false) => sweeps.GradientSums<On, On, Off>(z, y, d, r, means[c], scales[c], shift),
            (true, true) => sweeps.GradientSums<On, On, On>(z, y, d, r, means[c], scales[c], shift),
        };
    }

    private void InputGradient(in BatchNormSweeps sweeps, int c, float shift, float factor, float ofInput, float constant)
    {
        var z = new Plane(input.Geometry, input.Data, c);
        var y = new Plane(output.Geometry, output.Data, c);
        var d = new Plane(output.Geometry, output.Gradient, c);
        var to = new Plane(input.Geometry, input.Gradient, c);
        bool masked = false;
        if (residual is not null && !accumulateResidual && residual.Gradient is not null)
        {
            // The first sweep left the masked gradient there.
            d = new Plane(residual.Geometry, residual.Gradient, c);
            masked = true;
        }

        switch (operation.Relu && !masked, residual is not null, accumulateInput)
        {
            case (false, _, false):
                sweeps.InputGradient<Off, Off, Off>(z, y, d, to, means[c], scales[c], shift, factor, ofInput, constant);
                break;
            case (false, _, true):
                sweeps.InputGradient<Off, Off, On>(z, y, d, to, means[c], scales[c], shift, factor, ofInput, constant);
                break;
            case (true, false, false):
                sweeps.InputGradient<Off, On, Off>(z, y, d, to, means[c], scales[c], shift, factor, ofInput, constant);
                break;
            case (true, false, true):
                sweeps.InputGradient<Off, On, On>(z, y, d, to, means[c], scales[c], shift, factor, ofInput, constant);
                break;
            case (true, true, false):
                sweeps.InputGradient<On, On, Off>(z, y, d, to, means[c], scales[c], shift, factor, ofInput, constant);
                break;
            case (true, true, true):
                sweeps.InputGradient<On, On, On>(z, y, d, to, means[c], scales[c], shift, factor, ofInput, constant);
                break;
        }
    }
}
