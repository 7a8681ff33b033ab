namespace Federated.Engine.Networks;

/// <summary>
/// The <c>Capacity</c> gradients of largest magnitude seen so far, with their indices. Ties are broken by index (the lower index is stronger), so that the result
/// does not depend on the order of arrival. NaN is stronger than any number, so that a diverged network stays visible.
/// </summary>
/// <remarks>
/// What might belong to the largest is collected in twice the room; when that is full, the weaker half is dropped by selection. An offer so costs O(1) on average, where
/// a binary heap of 23,592 gradients took longer than the gradients of 512 × 512 × 9 weights needed beyond their arithmetic. 16 bytes a gradient.
/// </remarks>
public sealed class TopGradients
{
    // So that small collectors do not select at every offer.
    private const int Spare = 64;

    // Magnitude (31 bits), 2^32 − 1 − index (32 bits), sign: comparing keys compares strengths, and no two are the same.
    private readonly ulong[] keys;
    private int collected;
    private ulong threshold;

    /// <summary>An empty collector of at most <paramref name="capacity"/> gradients.</summary>
    public TopGradients(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        Capacity = capacity;
        keys = capacity == 0 ? [] : new ulong[checked((2 * capacity) + Spare)];
    }

    /// <summary>The largest number of gradients that are kept.</summary>
    public int Capacity { get; }

    /// <summary>The number of gradients kept now.</summary>
    public int Count => Math.Min(collected, Capacity);

    /// <summary>A gradient of smaller magnitude than this changes nothing and need not be offered.</summary>
    public float Weakest => Capacity == 0 ? float.PositiveInfinity : Math.Abs(ValueOf(threshold));

    /// <summary>Offers the gradient of one pruned weight; <paramref name="index"/> is its position in the tensor, row-major.</summary>
    public void Offer(int index, float value)
    {
        ulong key = KeyOf(index, value);
        if (key <= threshold || Capacity == 0)
            return;
        keys[collected++] = key;
        if (collected == keys.Length)
            DropWeaker();
    }

    /// <summary>The kept gradients, ascending by index.</summary>
    public (int[] Indices, float[] Values) ToSorted()
    {
        if (collected > Capacity)
            DropWeaker();
        int[] sortedIndices = new int[Count];
        float[] sortedValues = new float[Count];
        for (int i = 0; i < Count; i++)
        {
            sortedIndices[i] = IndexOf(keys[i]);
            sortedValues[i] = ValueOf(keys[i]);
        }

        Array.Sort(sortedIndices, sortedValues);
        return (sortedIndices, sortedValues);
    }

    private static ulong KeyOf(int index, float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return ((ulong)(bits << 1) << 32) | ((ulong)(uint)~index << 1) | (bits >> 31);
    }

    private static int IndexOf(ulong key) => (int)~(uint)(key >> 1);

    private static float ValueOf(ulong key) => BitConverter.UInt32BitsToSingle((uint)(key >> 33) | ((uint)key << 31));

    // Hoare's selection: brings the strongest to the front and the weakest of them to the last place among them.
    private void DropWeaker()
    {
        Span<ulong> all = keys.AsSpan(0, collected);
        int last = Capacity - 1;
        int low = 0;
        int high = all.Length - 1;
        while (low < high)
        {
            ulong a = all[low], b = all[(low + high) / 2], c = all[high];
            ulong pivot = Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
            int i = low;
            int j = high;
            while (i <= j)
            {
                while (all[i] > pivot)
                    i++;
                while (all[j] < pivot)
                    j--;
                if (i <= j)
                {
                    (all[i], all[j]) = (all[j], all[i]);
                    i++;
                    j--;
                }
            }

            if (last <= j)
                high = j;
            else if (last >= i)
                low = i;
            else
                break;
        }

        collected = Capacity;
        threshold = all[last];
    }
}
