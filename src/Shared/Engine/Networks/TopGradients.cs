namespace Federated.Engine.Networks;

/// <summary>
/// The <c>Capacity</c> gradients of largest magnitude seen so far, with their indices: a binary heap whose root is the weakest.
/// Ties are broken by index (the lower index is stronger), so that the result does not depend on the order of arrival.
/// </summary>
public sealed class TopGradients
{
    private readonly int[] indices;
    private readonly float[] values;

    /// <summary>An empty collector of at most <paramref name="capacity"/> gradients.</summary>
    public TopGradients(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        indices = new int[capacity];
        values = new float[capacity];
    }

    /// <summary>The largest number of gradients that are kept.</summary>
    public int Capacity => indices.Length;

    /// <summary>The number of gradients kept now.</summary>
    public int Count { get; private set; }

    /// <summary>Offers the gradient of one pruned weight; <paramref name="index"/> is its position in the tensor, row-major.</summary>
    public void Offer(int index, float value)
    {
        if (Count < indices.Length)
        {
            int child = Count++;
            while (child > 0)
            {
                int parent = (child - 1) / 2;
                if (!Weaker(index, value, indices[parent], values[parent]))
                    break;
                indices[child] = indices[parent];
                values[child] = values[parent];
                child = parent;
            }

            indices[child] = index;
            values[child] = value;
        }
        else if (Count > 0 && Weaker(indices[0], values[0], index, value))
        {
            SinkFromRoot(index, value);
        }
    }

    /// <summary>The kept gradients, ascending by index.</summary>
    public (int[] Indices, float[] Values) ToSorted()
    {
        int[] sortedIndices = indices[..Count];
        float[] sortedValues = values[..Count];
        Array.Sort(sortedIndices, sortedValues);
        return (sortedIndices, sortedValues);
    }

    private static bool Weaker(int index, float value, int otherIndex, float otherValue)
    {
        float magnitude = Math.Abs(value);
        float otherMagnitude = Math.Abs(otherValue);
        return magnitude < otherMagnitude || (magnitude == otherMagnitude && index > otherIndex);
    }

    private void SinkFromRoot(int index, float value)
    {
        int parent = 0;
        while (true)
        {
            int child = (2 * parent) + 1;
            if (child >= Count)
                break;
            if (child + 1 < Count && Weaker(indices[child + 1], values[child + 1], indices[child], values[child]))
                child++;
            if (!Weaker(indices[child], values[child], index, value))
                break;
            indices[parent] = indices[child];
            values[parent] = values[child];
            parent = child;
        }

        indices[parent] = index;
        values[parent] = value;
    }
}
