using System.Collections.Immutable;

namespace Federated.Engine.Networks;

/// <summary>Which moment of a batch normalisation's input a tensor of running statistics holds.</summary>
public enum StatisticsKind
{
    /// <summary>Mean per channel; a fresh network has 0.</summary>
    Mean,

    /// <summary>Unbiased variance per channel; a fresh network has 1.</summary>
    Variance,
}

/// <summary>One named tensor in the flat vector of running statistics.</summary>
/// <param name="Name">Name as in PyTorch's state dictionary, e.g. <c>layer1.0.bn1.running_mean</c>.</param>
/// <param name="Kind">Which moment.</param>
/// <param name="Count">Channels.</param>
/// <param name="Offset">Position of the first value in the flat vector.</param>
public sealed record StatisticsTensor(string Name, StatisticsKind Kind, int Count, int Offset);

/// <summary>The order of all running statistics of a model in one flat vector; each layer's mean stands before its variance.</summary>
public sealed class StatisticsLayout
{
    internal StatisticsLayout(ImmutableArray<StatisticsTensor> tensors)
    {
        Tensors = tensors;
        Count = tensors.Sum(static t => t.Count);
    }

    /// <summary>All tensors in the order of the flat vector.</summary>
    public ImmutableArray<StatisticsTensor> Tensors { get; }

    /// <summary>Length of the flat vector.</summary>
    public int Count { get; }
}
