using Federated.Engine.Parameters;

namespace Federated.Engine.Optimizers;

/// <summary>Turns gradients into changes of the compact values. Keeps its state between steps; one instance per worker, reset per client.</summary>
public interface IOptimizer
{
    /// <summary>Floats of state per trainable value.</summary>
    int StatePerValue { get; }

    /// <summary>Forgets all state and prepares for <paramref name="count"/> values. Memory grows and never shrinks.</summary>
    void Reset(int count);

    /// <summary>One step, in place. Allocates nothing.</summary>
    /// <param name="values">Values, as many as <see cref="Reset"/> or <see cref="Remap"/> prepared for.</param>
    /// <param name="gradients">Gradient per value.</param>
    /// <param name="learningRate">Step size of this step.</param>
    void Step(Span<float> values, ReadOnlySpan<float> gradients, float learningRate);

    /// <summary>Changes the coordinates: those in both masks keep their state, new ones start with zero.</summary>
    void Remap(Mask from, Mask to);

    /// <summary>A copy of the state.</summary>
    OptimizerSnapshot Save();

    /// <summary>Puts a state back; <see cref="Reset"/> has prepared for as many values.</summary>
    /// <exception cref="ArgumentException">The state is of another optimiser or another number of values.</exception>
    void Restore(OptimizerSnapshot snapshot);
}
