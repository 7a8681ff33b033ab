using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Federated.Engine.Parameters;

namespace Federated.Engine.Optimizers;

/// <summary>
/// Stochastic gradient descent as PyTorch's <c>torch.optim.SGD</c> with dampening 0: g ← g + λ·w; b ← μ·b + g; then w ← w − η·b, or with Nesterov's
/// momentum w ← w − η·(g + μ·b). Each product is fused with its sum.
/// </summary>
public sealed class Sgd : IOptimizer
{
    private readonly float momentum;
    private readonly float weightDecay;
    private readonly bool nesterov;
    private readonly OptimizerState buffer = new();
    private int count;

    /// <summary>An optimiser without state yet; call <see cref="Reset"/>.</summary>
    /// <param name="momentum">μ, 0 (none, no state) or more, below 1.</param>
    /// <param name="nesterov">Whether to look ahead; needs momentum.</param>
    /// <param name="weightDecay">λ, 0 or more.</param>
    public Sgd(float momentum = 0, bool nesterov = false, float weightDecay = 0)
    {
        if (momentum is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(momentum), momentum, "Momentum is in [0, 1).");
        if (weightDecay is not (>= 0 and < float.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(weightDecay), weightDecay, "Weight decay is 0 or more.");
        if (nesterov && momentum == 0)
            throw new ArgumentException("Nesterov's method needs momentum.", nameof(nesterov));
        this.momentum = momentum;
        this.nesterov = nesterov;
        this.weightDecay = weightDecay;
    }

    /// <inheritdoc/>
    public int StatePerValue => momentum == 0 ? 0 : 1;

    /// <inheritdoc/>
    public void Reset(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        this.count = count;
        if (momentum != 0)
            buffer.Reset(count);
    }

    /// <inheritdoc/>
    public void Step(Span<float> values, ReadOnlySpan<float> gradients, float learningRate)
    {
        if (values.Length != count || gradients.Length != count)
            throw new ArgumentException($"The optimiser was reset for {count} values, not {values.Length} and {gradients.Length} gradients.");
        Span<float> state = momentum == 0 ? [] : buffer.Values;
        ref float value = ref MemoryMarshal.GetReference(values);
        ref float gradient = ref MemoryMarshal.GetReference(gradients);
        ref float moment = ref MemoryMarshal.GetReference(state);
        int i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512<float> w = Vector512.LoadUnsafe(ref value, (nuint)i);
            Vector512<float> g = Vector512.LoadUnsafe(ref gradient, (nuint)i);
            if (weightDecay != 0)
                g = Vector512.FusedMultiplyAdd(Vector512.Create(weightDecay), w, g);
            if (momentum != 0)
            {
                Vector512<float> b = Vector512.FusedMultiplyAdd(Vector512.Create(momentum), Vector512.LoadUnsafe(ref moment, (nuint)i), g);
                b.StoreUnsafe(ref moment, (nuint)i);
                g = nesterov ? Vector512.FusedMultiplyAdd(Vector512.Create(momentum), b, g) : b;
            }

            Vector512.FusedMultiplyAdd(Vector512.Create(-learningRate), g, w).StoreUnsafe(ref value, (nuint)i);
        }

        for (; i < count; i++)
        {
            float g = gradients[i];
            if (weightDecay != 0)
                g = float.FusedMultiplyAdd(weightDecay, values[i], g);
            if (momentum != 0)
            {
                state[i] = float.FusedMultiplyAdd(momentum, state[i], g);
                g = nesterov ? float.FusedMultiplyAdd(momentum, state[i], g) : state[i];
            }

            values[i] = float.FusedMultiplyAdd(-learningRate, g, values[i]);
        }
    }

    /// <inheritdoc/>
    public void Remap(Mask from, Mask to)
    {
        if (momentum != 0)
            buffer.Remap(from, to);
        count = to.Count;
    }

    /// <inheritdoc/>
    public OptimizerSnapshot Save() => new(momentum == 0 ? [] : buffer.Values.ToArray(), []);

    /// <inheritdoc/>
    public void Restore(OptimizerSnapshot snapshot)
    {
        int expected = momentum == 0 ? 0 : count;
        if (snapshot.Moments.Length != expected || snapshot.Powers.Length != 0)
            throw new ArgumentException($"SGD has {expected} moments, not {snapshot.Moments.Length} and {snapshot.Powers.Length} powers.", nameof(snapshot));
        if (momentum != 0)
            snapshot.Moments.CopyTo(buffer.Values);
    }
}
