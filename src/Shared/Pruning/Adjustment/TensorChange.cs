namespace Federated.Pruning.Adjustment;

/// <summary>What to do with one tensor at a mask adjustment.</summary>
/// <param name="Tensor">Index of the tensor in the layout.</param>
/// <param name="Grown">Pruned positions that come back, ascending, each once.</param>
/// <param name="DropCount">How many of the weights kept so far go: those of smallest magnitude. Equal to the number grown, the density stays.</param>
public sealed record TensorChange(int Tensor, IReadOnlyList<int> Grown, int DropCount);

/// <summary>What a mask adjustment did to one tensor.</summary>
/// <param name="Tensor">Index of the tensor in the layout.</param>
/// <param name="Grown">Positions kept now and not before, ascending.</param>
/// <param name="Dropped">Positions kept before and not now, ascending.</param>
public sealed record TensorAdjustment(int Tensor, IReadOnlyList<int> Grown, IReadOnlyList<int> Dropped);
