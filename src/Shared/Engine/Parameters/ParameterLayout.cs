using System.Collections.Immutable;

namespace Federated.Engine.Parameters;

/// <summary>The order and shapes of all trainable tensors of a model in one flat vector.</summary>
public sealed class ParameterLayout
{
    private readonly Dictionary<string, int> indexOfName;

    /// <summary>A layout of these tensors, whose offsets must be contiguous from 0.</summary>
    /// <exception cref="ArgumentException">Offsets leave a gap or overlap, or a name appears twice.</exception>
    public ParameterLayout(IEnumerable<ParameterTensor> tensors)
    {
        Tensors = [.. tensors];
        indexOfName = new Dictionary<string, int>(StringComparer.Ordinal);
        int offset = 0;
        for (int i = 0; i < Tensors.Length; i++)
        {
            if (Tensors[i].Offset != offset)
                throw new ArgumentException($"{Tensors[i].Name} starts at {Tensors[i].Offset}, expected {offset}.", nameof(tensors));
            if (!indexOfName.TryAdd(Tensors[i].Name, i))
                throw new ArgumentException($"{Tensors[i].Name} appears twice.", nameof(tensors));
            offset = checked(offset + Tensors[i].Count);
        }

        Count = offset;
        PrunableCount = Tensors.Where(static t => t.IsPrunable).Sum(static t => t.Count);
        BlockCount = Tensors.Length == 0 ? 0 : Tensors.Max(static t => t.Block) + 1;
    }

    /// <summary>All tensors in the order of the flat vector.</summary>
    public ImmutableArray<ParameterTensor> Tensors { get; }

    /// <summary>Length of the dense flat vector.</summary>
    public int Count { get; }

    /// <summary>Number of weights that may be pruned; densities are fractions of this number.</summary>
    public int PrunableCount { get; }

    /// <summary>Number of blocks of the model.</summary>
    public int BlockCount { get; }

    /// <summary>Index of the tensor called <paramref name="name"/>, or −1.</summary>
    public int IndexOf(string name) => indexOfName.GetValueOrDefault(name, -1);
}
