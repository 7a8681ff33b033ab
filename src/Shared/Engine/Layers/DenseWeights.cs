using System.Numerics;
using System.Runtime.Intrinsics;
using Federated.Engine.Kernels;
using Federated.Engine.Parameters;

namespace Federated.Engine.Layers;

/// <summary>
/// A layer's weights as the dense kernels read them, rebuilt from the compact vector before each product: pruned weights are zeros, and convolutions are packed in
/// panels. 4 bytes a weight, pruned or not, where panels are needed, and 4 more where weights are pruned.
/// </summary>
internal sealed unsafe class DenseWeights : IDisposable
{
    private readonly DensePlan plan;
    private readonly BitSet? kept;
    private readonly NativeBuffer<float>? expanded;
    private readonly NativeBuffer<float>? panels;

    /// <summary>Allocates memory for the kept weights (null: all) of a tensor [output channels, fan-in].</summary>
    public DenseWeights(DensePlan plan, BitSet? kept)
    {
        this.plan = plan;
        this.kept = kept;
        if (kept is not null)
            expanded = new NativeBuffer<float>(kept.Length);
        if (!plan.IsInPlace)
            panels = new NativeBuffer<float>(plan.Groups * Math.Max(PanelFloats(plan.RowsPerGroup, plan.FanIn), PanelFloats(plan.TransposedRowsPerGroup, plan.RowsPerGroup * plan.Taps)));
    }

    /// <summary>The weights by output channel.</summary>
    public float* Forward(float* values)
    {
        float* dense = Dense(values);
        if (plan.IsInPlace)
            return dense;
        for (int group = 0; group < plan.Groups; group++)
        {
            float* panel = panels!.Pointer + (group * PanelFloats(plan.RowsPerGroup, plan.FanIn));
            for (int row = 0; row < plan.RowsPerGroup; row += DenseRows.PerBlock)
            {
                PackForward(dense + (((long)group * plan.RowsPerGroup) + row) * plan.FanIn, Math.Min(DenseRows.PerBlock, plan.RowsPerGroup - row), panel);
                panel += DenseRows.PerBlock * plan.FanIn;
            }
        }

        return panels!.Pointer;
    }

    /// <summary>The weights by input channel; overwrites those by output channel.</summary>
    public float* Transposed(float* values)
    {
        float* dense = Dense(values);
        if (plan.IsInPlace)
            return dense;
        int reduced = plan.RowsPerGroup * plan.Taps;
        for (int group = 0; group < plan.Groups; group++)
        {
            float* panel = panels!.Pointer + (group * PanelFloats(plan.TransposedRowsPerGroup, reduced));
            for (int row = 0; row < plan.TransposedRowsPerGroup; row += DenseRows.PerBlock)
            {
                float* from = dense + ((long)group * plan.RowsPerGroup * plan.FanIn) + (row * plan.Taps);
                PackTransposed(from, Math.Min(DenseRows.PerBlock, plan.TransposedRowsPerGroup - row), panel);
                panel += DenseRows.PerBlock * reduced;
            }
        }

        return panels!.Pointer;
    }

    /// <summary>Floats of the panels of one group.</summary>
    public static long PanelFloats(int rows, int reduced) => (long)(rows + DenseRows.PerBlock - 1) / DenseRows.PerBlock * DenseRows.PerBlock * reduced;

    /// <inheritdoc/>
    public void Dispose()
    {
        expanded?.Dispose();
        panels?.Dispose();
    }

    private float* Dense(float* values)
    {
        if (kept is null)
            return values;
        float* to = expanded!.Pointer; // Pruned places were zeroed once and are never written.
        for (int word = 0; word < kept.Words.Length; word++)
        {
            for (ulong bits = kept.Words[word]; bits != 0; bits &= bits - 1)
                to[(word << 6) + BitOperations.TrailingZeroCount(bits)] = *values++;
        }

        return to;
    }

    // [chunk of channels][tap][channel][row] from rows of [channel][tap].
    private void PackForward(float* from, int rows, float* panel)
    {
        int taps = plan.Taps;
        if (taps == 1 && rows == DenseRows.PerBlock)
        {
            LaneTranspose.Interleave(from, plan.FanIn, plan.ChannelsPerGroup, panel);
            return;
        }

        for (int first = 0; first < plan.ChannelsPerGroup; first += plan.InputChunk)
        {
            int count = Math.Min(plan.InputChunk, plan.ChannelsPerGroup - first);
            float* to = panel + ((nint)DenseRows.PerBlock * first * taps);
            for (int row = 0; row < DenseRows.PerBlock; row++)
            {
                float* source = from + ((nint)Math.Min(row, rows - 1) * plan.FanIn) + ((nint)first * taps);
                bool isRow = row < rows;
                for (int channel = 0; channel < count; channel++)
                {
                    for (int tap = 0; tap < taps; tap++)
                        to[(((tap * count) + channel) * DenseRows.PerBlock) + row] = isRow ? *source++ : 0;
                }
            }
        }
    }

    // [chunk of output channels][tap][output channel][input channel] from rows of [input channel][tap].
    private void PackTransposed(float* from, int rows, float* panel)
    {
        int taps = plan.Taps;
        if (taps == 1 && rows == DenseRows.PerBlock)
        {
            for (int output = 0; output < plan.RowsPerGroup; output++)
                Vector128.Load(from + ((nint)output * plan.FanIn)).Store(panel + ((nint)output * DenseRows.PerBlock));
            return;
        }

        for (int first = 0; first < plan.RowsPerGroup; first += plan.OutputChunk)
        {
            int count = Math.Min(plan.OutputChunk, plan.RowsPerGroup - first);
            float* to = panel + ((nint)DenseRows.PerBlock * first * taps);
            for (int output = 0; output < count; output++)
            {
                float* source = from + ((nint)(first + output) * plan.FanIn);
                for (int row = 0; row < DenseRows.PerBlock; row++)
                {
                    for (int tap = 0; tap < taps; tap++)
                        to[(((tap * count) + output) * DenseRows.PerBlock) + row] = row < rows ? source[(row * taps) + tap] : 0;
                }
            }
        }
    }
}
