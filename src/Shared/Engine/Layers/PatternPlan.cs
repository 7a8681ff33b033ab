using Federated.Engine.Kernels;

namespace Federated.Engine.Layers;

/// <summary>
/// What a layer whose weights form a matrix [output channels, fan-in] tells the pattern kernels about its geometry: where each weight of a row
/// reads the input, and to which row of the transposed pattern it belongs. All offsets are floats from the start of a block.
/// </summary>
internal sealed class PatternPlan : IDisposable
{
    /// <summary>Pixels of the output: read from the input, written to the output.</summary>
    public required RunList[] ForwardRuns { get; init; }

    /// <summary>Pixels of the output again, for the weights' gradient: read from the input and from the output's gradient.</summary>
    public required RunList[] GradientRuns { get; init; }

    /// <summary>
    /// Pixels of the input by phase (see <see cref="ConvolutionLayer"/>): read from the output's gradient, written to the input's. Phase p uses the
    /// transposed rows p·<see cref="TransposedRowOffsets"/>.Length onwards.
    /// </summary>
    public required RunList[][] BackwardRuns { get; init; }

    /// <summary>For each weight of a row: floats from the run's place in the first channel of the group.</summary>
    public required int[] ReadOffsets { get; init; }

    /// <summary>For each weight of a row: row of the transposed pattern, for the first group.</summary>
    public required int[] TransposedRows { get; init; }

    /// <summary>For each weight of a row: floats from the transposed run's place in the output channel.</summary>
    public required int[] TransposedOffsets { get; init; }

    /// <summary>For each row: where its output channel starts.</summary>
    public required int[] RowOffsets { get; init; }

    /// <summary>For each row: where its output channel starts in the output's gradient.</summary>
    public required int[] GradientRowOffsets { get; init; }

    /// <summary>For each row of one phase of the transposed pattern: where its input channel starts in the input's gradient.</summary>
    public required int[] TransposedRowOffsets { get; init; }

    /// <summary>Output channels of one group.</summary>
    public required int RowsPerGroup { get; init; }

    /// <summary>Floats from the first input channel of one group to that of the next.</summary>
    public int GroupStride { get; init; }

    /// <summary>Transposed rows from one group to the next.</summary>
    public int GroupTransposedRows { get; init; }

    /// <summary>What a tile of the output reads of the input.</summary>
    public required ChunkGeometry InputChunk { get; init; }

    /// <summary>What a tile of the input's gradient reads of the output's.</summary>
    public required ChunkGeometry OutputChunk { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RunList runs in ForwardRuns)
            runs.Dispose();
        foreach (RunList runs in GradientRuns)
            runs.Dispose();
        foreach (RunList[] phase in BackwardRuns)
        {
            foreach (RunList runs in phase)
                runs.Dispose();
        }
    }
}
