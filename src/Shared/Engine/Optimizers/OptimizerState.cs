using Federated.Engine.Parameters;

namespace Federated.Engine.Optimizers;

/// <summary>One float of optimiser state per compact value; grows and never shrinks.</summary>
internal sealed class OptimizerState
{
    private float[] values = [];
    private int count;

    /// <summary>The state of all values.</summary>
    public Span<float> Values => values.AsSpan(0, count);

    /// <summary>Prepares for <paramref name="newCount"/> values, all zero.</summary>
    public void Reset(int newCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(newCount);
        if (newCount > values.Length)
            values = new float[newCount];
        else
            Array.Clear(values, 0, newCount);
        count = newCount;
    }

    /// <summary>Keeps the state of coordinates in both masks.</summary>
    public void Remap(Mask from, Mask to)
    {
        if (from.Count != count)
            throw new ArgumentException($"The optimiser holds {count} values, the mask {from.Count}.", nameof(from));
        float[] moved = new float[to.Count];
        for (int tensor = 0; tensor < from.Layout.Tensors.Length; tensor++)
        {
            ReadOnlySpan<float> source = values.AsSpan(from.CompactOffset(tensor), from.CompactCount(tensor));
            Span<float> destination = moved.AsSpan(to.CompactOffset(tensor), to.CompactCount(tensor));
            Move(from[tensor], source, to[tensor], destination);
        }

        values = moved;
        count = moved.Length;
    }

    private static void Move(BitSet? from, ReadOnlySpan<float> source, BitSet? to, Span<float> destination)
    {
        if (from is null && to is null)
        {
            source.CopyTo(destination);
            return;
        }

        int[]? old = from?.ToPositions();
        int[]? now = to?.ToPositions();
        int next = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            int position = now is null ? i : now[i];
            if (old is null)
            {
                destination[i] = source[position];
                continue;
            }

            while (next < old.Length && old[next] < position)
                next++;
            if (next < old.Length && old[next] == position)
                destination[i] = source[next];
        }
    }
}
