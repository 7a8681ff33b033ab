using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Federated.Engine.Parameters;

namespace Federated.Engine.Optimizers;

/// <summary>
/// Adam (Kingma and Ba 2015) and, with decoupled weight decay, AdamW (Loshchilov and Hutter 2019), as PyTorch's <c>torch.optim.Adam</c> and <c>AdamW</c>:
/// m ← m + (1 − β₁)(g − m); v ← β₂·v + (1 − β₂)·g²; w ← w − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε). The bias corrections are computed in double precision.
/// </summary>
public sealed class Adam : IOptimizer
{
    private readonly double beta1;
    private readonly double beta2;
    private readonly float epsilon;
    private readonly float weightDecay;
    private readonly bool decoupled;
    private readonly OptimizerState firstMoments = new();
    private readonly OptimizerState secondMoments = new();
    private int count;

    // β₁ᵗ and β₂ᵗ of the steps taken since the reset, as running products.
    private double power1 = 1;
    private double power2 = 1;

    /// <summary>An optimiser without state yet; call <see cref="Reset"/>.</summary>
    /// <param name="beta1">Decay of the mean of the gradients, in [0, 1).</param>
    /// <param name="beta2">Decay of the mean of their squares, in [0, 1).</param>
    /// <param name="epsilon">Added to the denominator, 0 or more.</param>
    /// <param name="weightDecay">λ, 0 or more.</param>
    /// <param name="decoupled">Whether the decay shrinks the weights directly (AdamW) instead of being added to the gradient.</param>
    public Adam(double beta1 = 0.9, double beta2 = 0.999, float epsilon = 1e-8f, float weightDecay = 0, bool decoupled = false)
    {
        if (beta1 is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(beta1), beta1, "A decay is in [0, 1).");
        if (beta2 is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(beta2), beta2, "A decay is in [0, 1).");
        if (epsilon is not (>= 0 and < float.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Epsilon is 0 or more.");
        if (weightDecay is not (>= 0 and < float.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(weightDecay), weightDecay, "Weight decay is 0 or more.");
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        this.weightDecay = weightDecay;
        this.decoupled = decoupled;
    }

    /// <inheritdoc/>
    public int StatePerValue => 2;

    /// <inheritdoc/>
    public void Reset(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        this.count = count;
        firstMoments.Reset(count);
        secondMoments.Reset(count);
        power1 = power2 = 1;
    }

    /// <inheritdoc/>
    public void Step(Span<float> values, ReadOnlySpan<float> gradients, float learningRate)
    {
        if (values.Length != count || gradients.Length != count)
            throw new ArgumentException($"The optimiser was reset for {count} values, not {values.Length} and {gradients.Length} gradients.");
        power1 *= beta1;
        power2 *= beta2;
        var step = new StepFactors(
            Decay: decoupled ? 1 - (learningRate * weightDecay) : 1,
            Coupled: decoupled ? 0 : weightDecay,
            Towards: (float)(1 - beta1),
            Keep: (float)beta2,
            Square: (float)(1 - beta2),
            Root: (float)(1 / Math.Sqrt(1 - power2)),
            Size: (float)(-learningRate / (1 - power1)));
        Span<float> first = firstMoments.Values;
        Span<float> second = secondMoments.Values;
        ref float value = ref MemoryMarshal.GetReference(values);
        ref float gradient = ref MemoryMarshal.GetReference(gradients);
        ref float mean = ref MemoryMarshal.GetReference(first);
        ref float square = ref MemoryMarshal.GetReference(second);
        int i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512<float> w = Vector512.LoadUnsafe(ref value, (nuint)i);
            Vector512<float> g = Vector512.FusedMultiplyAdd(Vector512.Create(step.Coupled), w, Vector512.LoadUnsafe(ref gradient, (nuint)i));
            w *= step.Decay;
            Vector512<float> m = Vector512.LoadUnsafe(ref mean, (nuint)i);
            m = Vector512.FusedMultiplyAdd(Vector512.Create(step.Towards), g - m, m);
            Vector512<float> v = Vector512.LoadUnsafe(ref square, (nuint)i) * step.Keep;
            v = Vector512.FusedMultiplyAdd(g * step.Square, g, v);
            m.StoreUnsafe(ref mean, (nuint)i);
            v.StoreUnsafe(ref square, (nuint)i);
            Vector512<float> denominator = Vector512.FusedMultiplyAdd(Vector512.Sqrt(v), Vector512.Create(step.Root), Vector512.Create(epsilon));
            Vector512.FusedMultiplyAdd(Vector512.Create(step.Size), m / denominator, w).StoreUnsafe(ref value, (nuint)i);
        }

        for (; i < count; i++)
        {
            float g = float.FusedMultiplyAdd(step.Coupled, values[i], gradients[i]);
            float w = values[i] * step.Decay;
            first[i] = float.FusedMultiplyAdd(step.Towards, g - first[i], first[i]);
            second[i] = float.FusedMultiplyAdd(g * step.Square, g, second[i] * step.Keep);
            float denominator = float.FusedMultiplyAdd((float)Math.Sqrt(second[i]), step.Root, epsilon);
            values[i] = float.FusedMultiplyAdd(step.Size, first[i] / denominator, w);
        }
    }

    /// <inheritdoc/>
    public void Remap(Mask from, Mask to)
    {
        firstMoments.Remap(from, to);
        secondMoments.Remap(from, to);
        count = to.Count;
    }

    /// <inheritdoc/>
    public OptimizerSnapshot Save() => new([.. firstMoments.Values, .. secondMoments.Values], [power1, power2]);

    /// <inheritdoc/>
    public void Restore(OptimizerSnapshot snapshot)
    {
        if (snapshot.Moments.Length != 2L * count || snapshot.Powers.Length != 2)
            throw new ArgumentException($"Adam has {2L * count} moments and 2 powers, not {snapshot.Moments.Length} and {snapshot.Powers.Length}.", nameof(snapshot));
        snapshot.Moments.AsSpan(0, count).CopyTo(firstMoments.Values);
        snapshot.Moments.AsSpan(count).CopyTo(secondMoments.Values);
        (power1, power2) = (snapshot.Powers[0], snapshot.Powers[1]);
    }

    /// <summary>What is the same for all values in one step.</summary>
    private readonly record struct StepFactors(float Decay, float Coupled, float Towards, float Keep, float Square, float Root, float Size);
}
