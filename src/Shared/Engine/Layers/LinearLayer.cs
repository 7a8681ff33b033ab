using Federated.Engine.Kernels;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Fully connected layer, y = W·x + b, W of shape [out, in]. The input's pixels are its features in the order channel, row, column (flatten), whatever
/// its border, so no copy is made. The output is [out, 1, 1].
/// </summary>
internal sealed class LinearLayer : PatternLayer
{
    /// <summary>Binds the layer to its tensors.</summary>
    /// <param name="input">Input of any geometry with C·H·W features.</param>
    /// <param name="output">Output, height and width 1; any border.</param>
    /// <param name="weightTensor">Index of the matrix [out, C·H·W] in the layout.</param>
    /// <param name="biasTensor">Index of the bias [out], or −1.</param>
    /// <param name="layout">The parameters' layout.</param>
    /// <param name="accumulateInputGradient">Whether the input's gradient is added to or overwritten.</param>
    /// <param name="width">Width of the vectors; does not change the result.</param>
    /// <param name="maximumBlocks">The largest number of blocks of sixteen images in a batch.</param>
    /// <exception cref="ArgumentException">A tensor's shape does not fit.</exception>
    public LinearLayer(
        ActivationTensor input, ActivationTensor output, int weightTensor, int biasTensor, ParameterLayout layout,
        bool accumulateInputGradient, VectorWidth width, int maximumBlocks)
        : base(input, output, Plan(input.Geometry, output.Geometry), weightTensor, biasTensor, layout, accumulateInputGradient, width, maximumBlocks)
    {
    }

    private static PatternPlan Plan(Geometry input, Geometry output)
    {
        if (output.Height != 1 || output.Width != 1)
            throw new ArgumentException($"A linear layer's output is 1×1, not {output.Height}×{output.Width}.", nameof(output));
        int[] features = new int[checked(input.Channels * input.Positions)];
        int next = 0;
        for (int channel = 0; channel < input.Channels; channel++)
        {
            for (int row = 0; row < input.Height; row++)
            {
                for (int column = 0; column < input.Width; column++)
                    features[next++] = checked((channel * input.PlaneStride) + input.Interior + (row * input.RowStride) + (column * Geometry.Lanes));
            }
        }

        // One "pixel" at offset 0 of a block on both sides; the tables of the weights and rows hold the features' places.
        var pixel = new GridPlacement(0, 0, Geometry.Lanes);
        return new PatternPlan
        {
            ForwardRuns = RunList.Cover(1, 1, pixel, pixel),
            BackwardRuns = [RunList.Cover(1, 1, pixel, pixel)],
            ReadOffsets = features,
            TransposedRows = [.. Enumerable.Range(0, features.Length)],
            TransposedOffsets = new int[features.Length],
            RowOffsets = [.. Enumerable.Range(0, output.Channels).Select(channel => checked((channel * output.PlaneStride) + output.Interior))],
            TransposedRowOffsets = features,
            RowsPerGroup = output.Channels,
            InputChunk = new ChunkGeometry(input.PlaneStride, 4 * Geometry.Lanes * sizeof(float) * input.Positions),
            OutputChunk = new ChunkGeometry(output.PlaneStride, 4 * Geometry.Lanes * sizeof(float)),
        };
    }
}
