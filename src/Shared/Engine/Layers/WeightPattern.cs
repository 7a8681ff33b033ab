using System.Numerics;
using Federated.Engine.Kernels;
using Federated.Engine.Parameters;

namespace Federated.Engine.Layers;

/// <summary>
/// The places of a layer's kept weights in unmanaged memory: by output channel (the order of the compact vector) and transposed, by phase and input
/// channel. 16 bytes a weight: two offsets, one permutation index, one copy of the value in transposed order.
/// </summary>
internal sealed unsafe class WeightPattern : IDisposable
{
    private readonly NativeBuffer<int> offsets;
    private readonly NativeBuffer<int> transposedOffsets;
    private readonly RowSplits splits;
    private readonly RowSplits transposedSplits;
    private readonly NativeBuffer<int> permutation;
    private readonly NativeBuffer<float> transposedValues;
    private readonly NativeBuffer<int> rowOffsets;
    private readonly NativeBuffer<int> gradientRowOffsets;
    private readonly NativeBuffer<int> transposedRowOffsets;

    /// <summary>Builds both orders for the kept positions (null: all) of a tensor [rows, fan-in].</summary>
    /// <param name="plan">The layer's geometry.</param>
    /// <param name="kept">Kept positions.</param>
    /// <param name="leaveOutUnwritten">Whether output channels without weights have no row, because nobody reads them.</param>
    /// <param name="leaveOutUnread">Whether input channels without weights have no transposed row, because nobody reads their gradient.</param>
    public WeightPattern(PatternPlan plan, BitSet? kept, bool leaveOutUnwritten, bool leaveOutUnread)
    {
        int rows = plan.RowOffsets.Length;
        int fanIn = plan.ReadOffsets.Length;
        Count = kept?.Count ?? checked(rows * fanIn);
        int transposedRows = plan.BackwardRuns.Length * plan.TransposedRowOffsets.Length;
        offsets = new NativeBuffer<int>(Count);
        transposedOffsets = new NativeBuffer<int>(Count);
        permutation = new NativeBuffer<int>(Count);
        transposedValues = new NativeBuffer<float>(Count);

        int[] starts = new int[rows + 1];
        int[] transposedStarts = new int[transposedRows + 1];
        int next = 0;
        for (int row = 0; row < rows; row++)
        {
            int group = row / plan.RowsPerGroup;
            for (int j = NextKept(kept, row * fanIn, fanIn, 0); j < fanIn; j = NextKept(kept, row * fanIn, fanIn, j + 1))
            {
                offsets.Pointer[next++] = checked(plan.ReadOffsets[j] + (group * plan.GroupStride));
                transposedStarts[plan.TransposedRows[j] + (group * plan.GroupTransposedRows) + 1]++;
            }

            starts[row + 1] = next;
            LongestRow = Math.Max(LongestRow, next - starts[row]);
        }

        for (int row = 0; row < transposedRows; row++)
            transposedStarts[row + 1] += transposedStarts[row];
        Transpose(plan, kept, rows, fanIn, transposedStarts.AsSpan(0, transposedRows).ToArray());

        int channels = plan.TransposedRowOffsets.Length;
        int[] written = [.. Enumerable.Range(0, rows).Where(row => !leaveOutUnwritten || starts[row + 1] > starts[row])];
        int[] read = [.. Enumerable.Range(0, channels).Where(
            channel => !leaveOutUnread || Phases(plan).Any(phase => transposedStarts[(phase * channels) + channel + 1] > transposedStarts[(phase * channels) + channel]))];
        splits = new RowSplits(starts, offsets.Pointer, plan.InputChunk, written);
        transposedSplits = new RowSplits(
            transposedStarts, transposedOffsets.Pointer, plan.OutputChunk, [.. Phases(plan).SelectMany(phase => read.Select(channel => (phase * channels) + channel))]);
        rowOffsets = Select(plan.RowOffsets, written);
        gradientRowOffsets = Select(plan.GradientRowOffsets, written);
        transposedRowOffsets = Select(plan.TransposedRowOffsets, read);
        TransposedRows = read.Length;
    }

    /// <summary>Kept weights.</summary>
    public int Count { get; }

    /// <summary>The largest number of kept weights of one output channel.</summary>
    public int LongestRow { get; }

    /// <summary>Rows by output channel.</summary>
    public RowSplits Splits => splits;

    /// <summary>Where the rows' channels start in the output.</summary>
    public int* RowOffsets => rowOffsets.Pointer;

    /// <summary>Where the rows' channels start in the output's gradient.</summary>
    public int* GradientRowOffsets => gradientRowOffsets.Pointer;

    /// <summary>Transposed rows of one phase.</summary>
    public int TransposedRows { get; }

    /// <summary>Where the channels of one phase's transposed rows start in the input's gradient.</summary>
    public int* TransposedRowOffsets => transposedRowOffsets.Pointer;

    /// <summary>Places in the input, by output channel.</summary>
    public int* Offsets => offsets.Pointer;

    /// <summary>Rows by phase and input channel.</summary>
    public RowSplits TransposedSplits => transposedSplits;

    /// <summary>Places in the output's gradient, by phase and input channel.</summary>
    public int* TransposedOffsets => transposedOffsets.Pointer;

    /// <summary>The values in transposed order, as of the last <see cref="Transpose(float*)"/>.</summary>
    public float* TransposedValues => transposedValues.Pointer;

    /// <summary>Copies <paramref name="values"/> (by output channel) into transposed order: one pass over the weights.</summary>
    public void Transpose(float* values)
    {
        float* to = transposedValues.Pointer;
        int* from = permutation.Pointer;
        for (int i = 0; i < Count; i++)
            to[i] = values[from[i]];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        splits.Dispose();
        offsets.Dispose();
        transposedSplits.Dispose();
        transposedOffsets.Dispose();
        rowOffsets.Dispose();
        gradientRowOffsets.Dispose();
        transposedRowOffsets.Dispose();
        permutation.Dispose();
        transposedValues.Dispose();
    }

    private static IEnumerable<int> Phases(PatternPlan plan) => Enumerable.Range(0, plan.BackwardRuns.Length);

    private static NativeBuffer<int> Select(int[] offsets, int[] rows) => new([.. rows.Select(row => offsets[row])]);

    // Counting sort: walking the weights in ascending order keeps each transposed row ascending by output channel and tap.
    private void Transpose(PatternPlan plan, BitSet? kept, int rows, int fanIn, int[] cursor)
    {
        int next = 0;
        for (int row = 0; row < rows; row++)
        {
            int group = row / plan.RowsPerGroup;
            for (int j = NextKept(kept, row * fanIn, fanIn, 0); j < fanIn; j = NextKept(kept, row * fanIn, fanIn, j + 1))
            {
                int to = cursor[plan.TransposedRows[j] + (group * plan.GroupTransposedRows)]++;
                transposedOffsets.Pointer[to] = checked(plan.TransposedOffsets[j] + plan.GradientRowOffsets[row]);
                permutation.Pointer[to] = next++;
            }
        }
    }

    /// <summary>The first kept position of a row from <paramref name="from"/> on, or <paramref name="fanIn"/>.</summary>
    private static int NextKept(BitSet? kept, int rowStart, int fanIn, int from)
    {
        if (kept is null || from >= fanIn)
            return from;
        int position = rowStart + from;
        int end = rowStart + fanIn;
        int word = position >> 6;
        ulong bits = kept.Words[word] >> (position & 63) << (position & 63);
        while (bits == 0)
        {
            word++;
            if (word << 6 >= end)
                return fanIn;
            bits = kept.Words[word];
        }

        return Math.Min((word << 6) + BitOperations.TrailingZeroCount(bits) - rowStart, fanIn);
    }
}
