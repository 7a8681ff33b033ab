using Federated.Engine.Parameters;

namespace Federated.Pruning.Scores;

/// <summary>What a score may look at: dense flat vectors in the layout's order.</summary>
public readonly ref struct ScoreInput
{
    /// <summary>Parameters, and gradients where the score needs them.</summary>
    /// <exception cref="ArgumentException">A vector's length is not <c>layout.Count</c> (the gradients may also be empty).</exception>
    public ScoreInput(ParameterLayout layout, ReadOnlySpan<float> parameters, ReadOnlySpan<float> gradients = default)
    {
        if (parameters.Length != layout.Count)
            throw new ArgumentException($"The layout has {layout.Count} values, the parameters {parameters.Length}.", nameof(parameters));
        if (!gradients.IsEmpty && gradients.Length != layout.Count)
            throw new ArgumentException($"The layout has {layout.Count} values, the gradients {gradients.Length}.", nameof(gradients));
        Layout = layout;
        Parameters = parameters;
        Gradients = gradients;
    }

    /// <summary>Order and shapes of the tensors.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>Dense parameters, length <c>Layout.Count</c>; pruned ones are zero.</summary>
    public ReadOnlySpan<float> Parameters { get; }

    /// <summary>Dense mean gradient, length <c>Layout.Count</c>, or empty.</summary>
    public ReadOnlySpan<float> Gradients { get; }
}
