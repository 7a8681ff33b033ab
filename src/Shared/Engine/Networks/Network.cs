using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Federated.Engine.Losses;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <summary>
/// One worker's network: a plan bound to its own memory. Load a client by <see cref="SetMask"/> and a copy into <see cref="Values"/>; after that no step
/// allocates. Single-threaded: one instance per worker. The results depend on neither the vector width nor on what the worker did before.
/// </summary>
public sealed unsafe partial class Network : IDisposable
{
    private readonly Arena arena;
    private readonly Execution execution;
    private readonly BatchInput input;
    private readonly ActivationTensor logits;
    private Mask? mask;
    private readonly NativeFloats values = new();
    private readonly NativeFloats gradients = new();
    private Progress progress;
    private ForwardMode mode;
    private RandomKey key;
    private int count;
    private bool disposed;

    /// <summary>Binds <paramref name="plan"/> to new memory, with all weights kept and zero and with fresh running statistics.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="maximumBatch">Largest batch that will be asked for; memory grows with it in steps of sixteen.</param>
    /// <param name="width">Vectors that the kernels use; null takes the machine's best. Does not change a bit of any result.</param>
    /// <param name="threads">
    /// Threads that share a step, 1…256; the batch is divided among them in blocks of sixteen images. Does not change a bit of any result. Many clients at a time on one thread each
    /// use a machine better.
    /// </param>
    public Network(NetworkPlan plan, int maximumBatch, VectorWidth? width = null, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maximumBatch, 1 << 20);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 256);
        Plan = plan;
        MaximumBatch = maximumBatch;
        arena = new Arena(plan, Geometry.BlocksFor(maximumBatch), threads);
        input = new BatchInput(arena.Tensors[0].Data, arena.Tensors[0].Geometry);
        logits = arena.Tensors[plan.Output];
        execution = new Execution(plan, arena, width ?? VectorWidths.Best, Geometry.BlocksFor(maximumBatch), threads);
        foreach (StatisticsTensor tensor in plan.Statistics.Tensors)
            Statistics.Slice(tensor.Offset, tensor.Count).Fill(tensor.Kind == StatisticsKind.Mean ? 0 : 1);
    }

    private enum Progress
    {
        Nothing,
        Forward,
        Loss,
    }

    /// <summary>The model.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>Largest batch.</summary>
    public int MaximumBatch { get; }

    /// <summary>The kept coordinates.</summary>
    public Mask Mask => mask ?? Mask.Dense(Plan.Parameters);

    /// <summary>Trainable values in compact form, length <c>Mask.Count</c>; valid until the next <see cref="SetMask"/>.</summary>
    public Span<float> Values
    {
        get
        {
            RequireMask();
            return values.Span(mask!.Count);
        }
    }

    /// <summary>
    /// Gradient of the mean loss with respect to <see cref="Values"/>, overwritten by each <see cref="Backward"/>; valid until the next <see cref="SetMask"/>.
    /// </summary>
    public Span<float> Gradients
    {
        get
        {
            RequireMask();
            return gradients.Span(mask!.Count);
        }
    }

    /// <summary>Running statistics of the batch normalisations, in the order of the plan's layout.</summary>
    public Span<float> Statistics => arena.Statistics;

    /// <summary>
    /// Bytes of unmanaged memory held for activations, their gradients, scratch, statistics and the compact vectors; the kernels' own tables come on top.
    /// </summary>
    public long ArenaBytes => arena.Bytes + values.Bytes + gradients.Bytes + execution.Bytes;

    /// <summary>Changes the kept coordinates: rebuilds the sparse patterns and sets all values to zero. The mask that is set already changes nothing.</summary>
    /// <exception cref="ArgumentException">The mask belongs to another model.</exception>
    public void SetMask(Mask mask)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentNullException.ThrowIfNull(mask);
        if (!ReferenceEquals(mask.Layout, Plan.Parameters))
            mask = OwnMask(mask);
        if (this.mask is not null && this.mask.Equals(mask))
            return;
        values.Reset(mask.Count);
        gradients.Reset(mask.Count);
        this.mask = mask;
        progress = Progress.Nothing;
        execution.SetMask(mask);
    }

    /// <summary>Puts one image into the batch.</summary>
    /// <param name="index">Place in the batch, 0…<see cref="MaximumBatch"/> − 1.</param>
    /// <param name="image">Channels × height × width values, row-major.</param>
    public void SetImage(int index, ReadOnlySpan<float> image)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)MaximumBatch, nameof(index));
        if (image.Length != Plan.InputCount)
            throw new ArgumentException($"An image of {Plan.Name} has {Plan.InputCount} values, not {image.Length}.", nameof(image));
        input.SetImage(index, image);
    }

    /// <summary>
    /// Puts images into the places 16·<paramref name="block"/> onwards: several times as fast as one by one. Places up to the next multiple of sixteen that get no image are
    /// cleared.
    /// </summary>
    /// <param name="block">Number of the block of sixteen images.</param>
    /// <param name="images">The images one after the other, each of channels × height × width values, row-major; 1 to 16 of them.</param>
    public void SetImages(int block, ReadOnlySpan<float> images)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)block, (uint)Geometry.BlocksFor(MaximumBatch), nameof(block));
        (int count, int rest) = Math.DivRem(images.Length, Plan.InputCount);
        if (rest != 0 || count is < 1 or > Geometry.Lanes || (block * Geometry.Lanes) + count > MaximumBatch)
            throw new ArgumentException($"A block of {Plan.Name} takes 1 to {Geometry.Lanes} images of {Plan.InputCount} values up to place {MaximumBatch}, not {images.Length} values in block {block}.", nameof(images));
        input.SetBlock(block, images, count);
    }

    /// <summary>Computes the logits of the first <paramref name="count"/> images.</summary>
    /// <param name="mode">How normalisation and dropout behave.</param>
    /// <param name="count">Images in the batch, 1…<see cref="MaximumBatch"/>.</param>
    /// <param name="key">Names the random numbers of dropout; <c>Step</c> below 2³². Its purpose is replaced by <see cref="RandomPurpose.Dropout"/>.</param>
    public void Forward(ForwardMode mode, int count, RandomKey key = default)
    {
        RequireMask();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaximumBatch);
        this.mode = mode;
        this.count = count;
        this.key = key with { Purpose = RandomPurpose.Dropout };
        input.ClearBeyond(count);
        execution.Forward(Pass(null));
        progress = Progress.Forward;
    }

    /// <summary>Softmax cross-entropy of the logits, and the gradient of its mean over the batch with respect to them.</summary>
    /// <param name="labels">Class of each image, as many as the last forward pass had images.</param>
    /// <param name="labelSmoothing">Share ε of the target that is spread evenly over all classes, 0…1.</param>
    /// <param name="weights">
    /// What each image's loss is multiplied by in the gradient, not negative; empty: 1. The gradient stays a sum over the batch divided by its images, whatever the weights, and the
    /// result is of losses without weights.
    /// </param>
    public LossResult Loss(ReadOnlySpan<int> labels, float labelSmoothing = 0, ReadOnlySpan<double> weights = default)
    {
        RequireProgress(Progress.Forward, nameof(Loss), nameof(Forward));
        if (Plan.OutputCount != Plan.Classes)
            throw new InvalidOperationException($"{Plan.Name} ends in a map, not in logits.");
        if (labels.Length != count)
            throw new ArgumentException($"The batch has {count} images, not {labels.Length}.", nameof(labels));
        if (!weights.IsEmpty && weights.Length != count)
            throw new ArgumentException($"The batch has {count} images, not {weights.Length}.", nameof(weights));
        LossResult result = SoftmaxCrossEntropy.Compute(logits, labels, labelSmoothing, weights);
        progress = Progress.Loss;
        return result;
    }

    /// <summary>
    /// Sets the gradient with respect to the logits of all images instead of <see cref="Loss"/>, for any other loss; <see cref="Backward"/> may follow.
    /// </summary>
    /// <param name="gradient">Images of the last forward pass × classes, row-major.</param>
    public void SetLogitsGradient(ReadOnlySpan<float> gradient)
    {
        RequireProgress(Progress.Forward, nameof(SetLogitsGradient), nameof(Forward));
        if (gradient.Length != (long)count * Plan.Classes)
            throw new ArgumentException($"The batch has {count} × {Plan.Classes} logits, not {gradient.Length}.", nameof(gradient));
        Geometry geometry = logits.GradientGeometry;
        for (int image = 0; image < Geometry.BlocksFor(count) * Geometry.Lanes; image++)
        {
            float* to = logits.Gradient + ((image / Geometry.Lanes) * geometry.BlockStride) + geometry.Interior + (image % Geometry.Lanes);
            for (int c = 0; c < Plan.Classes; c++)
                to[(long)c * geometry.PlaneStride] = image < count ? gradient[(image * Plan.Classes) + c] : 0;
        }

        progress = Progress.Loss;
    }

    /// <summary>Computes <see cref="Gradients"/> from the gradient of the logits; after <see cref="Loss"/>.</summary>
    /// <param name="probe">Collects the largest gradients of pruned weights, or null.</param>
    public void Backward(GradientProbe? probe = null)
    {
        RequireProgress(Progress.Loss, nameof(Backward), nameof(Loss));
        execution.Backward(Pass(probe));
        progress = Progress.Nothing;
    }

    /// <summary>Copies the logits of image <paramref name="index"/> of the last forward pass.</summary>
    public void CopyLogits(int index, Span<float> logits)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)count, nameof(index));
        if (logits.Length != Plan.Classes)
            throw new ArgumentException($"{Plan.Name} has {Plan.Classes} classes, not {logits.Length}.", nameof(logits));
        Geometry geometry = this.logits.Geometry;
        float* from = this.logits.Data + ((index / Geometry.Lanes) * geometry.BlockStride) + geometry.Interior + (index % Geometry.Lanes);
        for (int c = 0; c < logits.Length; c++)
            logits[c] = from[(long)c * geometry.PlaneStride];
    }

    /// <summary>Forgets the pooled statistics; forward passes in <see cref="ForwardMode.Recalibrate"/> follow.</summary>
    public void BeginRecalibration()
    {
        foreach (BatchNormLayer layer in execution.Normalizations)
            layer.BeginRecalibration();
    }

    /// <summary>
    /// Makes the statistics of all images since <see cref="BeginRecalibration"/> the running statistics: the mean and the unbiased variance over all
    /// images and positions at once (what PyTorch's <c>momentum=None</c> approximates by an average of the batches' own statistics). Without a forward
    /// pass in between nothing changes.
    /// </summary>
    public void EndRecalibration()
    {
        foreach (BatchNormLayer layer in execution.Normalizations)
            layer.EndRecalibration(Statistics);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        execution.Dispose();
        values.Dispose();
        gradients.Dispose();
        arena.Dispose();
    }

    /// <summary>The same mask on this plan's layout, for a mask that was made for another plan of the same model.</summary>
    private Mask OwnMask(Mask other)
    {
        if (!other.Layout.Tensors.Select(static t => (t.Name, t.Count)).SequenceEqual(Plan.Parameters.Tensors.Select(static t => (t.Name, t.Count))))
            throw new ArgumentException($"The mask belongs to another model than {Plan.Name}.", nameof(other));
        return new Mask(Plan.Parameters, [.. Enumerable.Range(0, other.Layout.Tensors.Length).Select(i => other[i])]);
    }

    /// <summary>Milliseconds of each kind of layer in each kind of step, on one thread, in one more forward and backward pass over the last training batch.</summary>
    internal IReadOnlyList<(string Layer, StepKind Step, double Milliseconds)> TimeSteps(ReadOnlySpan<int> labels, TimeProvider time)
    {
        int[] classes = labels.ToArray();
        return execution.TimeSteps(Pass(null), () => SoftmaxCrossEntropy.Compute(logits, classes, smoothing: 0), time);
    }

    private Pass Pass(GradientProbe? probe) => new()
    {
        Count = count,
        Mode = mode,
        Values = values.Pointer,
        Gradients = gradients.Pointer,
        ValueCount = mask!.Count,
        Key = key,
        Probe = probe,
    };

    private void RequireMask()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (mask is null)
            SetMask(Mask.Dense(Plan.Parameters));
    }

    private void RequireProgress(Progress required, string method, string before)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (progress < required)
            throw new InvalidOperationException($"Call {before} before {method}.");
    }
}
