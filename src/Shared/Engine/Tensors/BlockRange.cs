namespace Federated.Engine.Tensors;

/// <summary>Consecutive blocks of sixteen images, <paramref name="First"/>…<paramref name="End"/> − 1: the part of a batch that goes through several layers in one go.</summary>
public readonly record struct BlockRange(int First, int End)
{
    /// <summary>Number of blocks.</summary>
    public int Count => End - First;
}
