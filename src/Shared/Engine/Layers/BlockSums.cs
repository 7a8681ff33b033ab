namespace Federated.Engine.Layers;

/// <summary>
/// Gradients that are sums over images, one value per block of sixteen images until all blocks are done: blocks may then be done by any thread and in groups of any size, and
/// the sum, in ascending order of the blocks, is always the same.
/// </summary>
internal sealed unsafe class BlockSums(int maximumBlocks, int count)
{
    private readonly double[] sums = new double[(long)maximumBlocks * count];

    /// <summary>Value <paramref name="index"/> of one block.</summary>
    public ref double this[int block, int index] => ref sums[((long)block * count) + index];

    /// <summary>Writes values <paramref name="first"/>… of all blocks, added up, to <paramref name="gradients"/>.</summary>
    public void Write(int first, int values, int blocks, float* gradients)
    {
        for (int i = 0; i < values; i++)
        {
            double sum = 0;
            for (int block = 0; block < blocks; block++)
                sum += this[block, first + i];
            gradients[i] = (float)sum;
        }
    }
}
