using System.Runtime.CompilerServices;

namespace Federated.Engine.Networks;

/// <summary>
/// The <c>Capacity</c> gradients of largest magnitude seen so far, with their indices: a binary heap whose root is the weakest.
/// Ties are broken by index (the lower index is stronger), so that the result does not depend on the order of arrival. NaN is stronger than any number, so
/// that a diverged network stays visible.
/// </summary>
public sealed class TopGradients
{
    // Magnitude (31 bits), 2^32 − 1 − index (32 bits), sign: comparing keys compares strengths.
    private readonly ulong[] keys;

    /// <summary>An empty collector of at most <paramref name="capacity"/> gradients.</summary>
    public TopGradients(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        keys = new ulong[capacity];
    }

    /// <summary>The largest number of gradients that are kept.</summary>
    public int Capacity => keys.Length;

    /// <summary>The number of gradients kept now.</summary>
    public int Count { get; private set; }

    /// <summary>A gradient of smaller magnitude than this changes nothing and need not be offered.</summary>
    public float Weakest => Count < keys.Length ? 0 : Count == 0 ? float.PositiveInfinity : Math.Abs(ValueOf(keys[0]));

    /// <summary>Offers the gradient of one pruned weight; <paramref name="index"/> is its position in the tensor, row-major.</summary>
    public void Offer(int index, float value)
    {
        ulong key = KeyOf(index, value);
        if (Count < keys.Length)
            Rise(Count++, key);
        else if (Count > 0 && key > keys[0])
            SinkFromRoot(key);
    }

    /// <summary>The kept gradients, ascending by index.</summary>
    public (int[] Indices, float[] Values) ToSorted()
    {
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

    private void Rise(int child, ulong key)
    {
        ulong[] heap = keys;
        while (child > 0)
        {
            int parent = (child - 1) / 2;
            if (key >= heap[parent])
                break;
            heap[child] = heap[parent];
            child = parent;
        }

        heap[child] = key;
    }

    private void SinkFromRoot(ulong key)
    {
        Span<ulong> heap = keys;
        int parent = 0;
        int child = 1;
        for (; child + 1 < heap.Length; child = (2 * parent) + 1)
        {
            // Which child is weaker is a coin toss: chosen without a branch.
            ulong left = heap[child];
            ulong right = heap[child + 1];
            child += Unsafe.BitCast<bool, byte>(right < left);
            ulong weaker = Math.Min(left, right);
            if (weaker >= key)
                break;
            heap[parent] = weaker;
            parent = child;
        }

        if (child == heap.Length - 1 && heap[child] < key)
        {
            heap[parent] = heap[child];
            parent = child;
        }

        heap[parent] = key;
    }
}
