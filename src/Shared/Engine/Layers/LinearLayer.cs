using Federated.Engine.Kernels;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Fully connected layer, y = W·x + b, W of shape [out, in]. The input's pixels are its features in the order channel, row, column (flatten), whatever
/// its border, so no copy is made. The output is [out, 1, 1].
/// </summary>
internal sealed class LinearLayer : WeightedLayer
{
    private readonly LayerGeometry inputGeometry;
    private readonly LayerGeometry outputGeometry;

    /// <summary>Binds the layer to its tensors.</summary>
    /// <param name="input">Input of any geometry with C·H·W features.</param>
    /// <param name="output">Output, height and width 1; any border.</param>
    /// <param name="weightTensor">Index of the matrix [out, C·H·W] in the layout.</param>
    /// <param name="biasTensor">Index of the bias [out], or −1.</param>
    /// <param name="layout">The parameters' layout.</param>
    /// <param name="accumulateInputGradient">Whether the input's gradient is added to or overwritten.</param>
    /// <param name="width">Width of the vectors; does not change the result.</param>
    /// <param name="maximumBlocks">The largest number of blocks of sixteen images in a batch.</param>
    /// <param name="threads">Threads that may work on the layer at the same time, each on other blocks.</param>
    /// <exception cref="ArgumentException">A tensor's shape does not fit.</exception>
    public LinearLayer(
        ActivationTensor input, ActivationTensor output, int weightTensor, int biasTensor, ParameterLayout layout,
        bool accumulateInputGradient, VectorWidth width, int maximumBlocks, int threads = 1)
        : base(input, output, Plan(input, output), weightTensor, biasTensor, layout, accumulateInputGradient, width, maximumBlocks, threads)
    {
        inputGeometry = new LayerGeometry(input.Geometry, input.GradientGeometry);
        outputGeometry = new LayerGeometry(output.Geometry, output.GradientGeometry);
    }

    /// <inheritdoc/>
    protected override DensePlan CreateDensePlan() => DensePlan.Linear(inputGeometry, outputGeometry);

    private static PatternPlan Plan(ActivationTensor input, ActivationTensor output)
    {
        Geometry result = output.Geometry;
        if (result.Height != 1 || result.Width != 1)
            throw new ArgumentException($"A linear layer's output is 1×1, not {result.Height}×{result.Width}.", nameof(output));
        int[] features = Features(input.Geometry);

        // One "pixel" at offset 0 of a block on both sides; the tables of the weights and rows hold the features' places.
        var pixel = new GridPlacement(0, 0, Geometry.Lanes);
        return new PatternPlan
        {
            ForwardRuns = RunList.Cover(1, 1, pixel, pixel),
            GradientRuns = RunList.Cover(1, 1, pixel, pixel),
            BackwardRuns = [RunList.Cover(1, 1, pixel, pixel)],
            ReadOffsets = features,
            TransposedRows = [.. Enumerable.Range(0, features.Length)],
            TransposedOffsets = new int[features.Length],
            RowOffsets = Features(result),
            GradientRowOffsets = Features(output.GradientGeometry),
            TransposedRowOffsets = Features(input.GradientGeometry),
            RowsPerGroup = result.Channels,
            InputChunk = new ChunkGeometry(input.Geometry.PlaneStride, 4 * Geometry.Lanes * sizeof(float) * input.Geometry.Positions),
            OutputChunk = new ChunkGeometry(output.GradientGeometry.PlaneStride, 4 * Geometry.Lanes * sizeof(float)),
        };
    }

    // Where each feature stands, in the order channel, row, column.
    private static int[] Features(Geometry geometry)
    {
        int[] features = new int[checked(geometry.Channels * geometry.Positions)];
        int next = 0;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            for (int row = 0; row < geometry.Height; row++)
            {
                for (int column = 0; column < geometry.Width; column++)
                    features[next++] = checked((channel * geometry.PlaneStride) + geometry.Interior + (row * geometry.RowStride) + (column * Geometry.Lanes));
            }
        }

        return features;
    }
}
