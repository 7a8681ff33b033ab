namespace Federated.Engine.Networks;

/// <summary>Numbers of values and tensors in a part of a plan, by their numbers in the whole.</summary>
/// <param name="values">The part's number of each value that it has.</param>
/// <param name="firstTensor">Number in the whole of the part's first tensor.</param>
internal sealed class Renumbering(IReadOnlyDictionary<int, int> values, int firstTensor)
{
    /// <summary>A value's number in the part.</summary>
    public int Value(int value) => values[value];

    /// <summary>A tensor's number in the part; −1, which stands for none, stays.</summary>
    public int Tensor(int tensor) => tensor < 0 ? tensor : tensor - firstTensor;
}
