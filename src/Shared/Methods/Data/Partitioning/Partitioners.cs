using Federated.Methods.Experiments;

namespace Federated.Methods.Data;

/// <summary>The partitioners by name.</summary>
public static class Partitioners
{
    /// <summary>The partitioner that an experiment file asks for.</summary>
    /// <exception cref="PartitionException">The kind or the skew is unknown.</exception>
    public static IPartitioner Create(PartitionSpec spec) => spec.Kind switch
    {
        "iid" => new IidPartitioner(),
        "dirichlet" => new DirichletPartitioner(spec.Alpha, spec.Balance, spec.MinimumSamples),
        "pathological" => new PathologicalPartitioner(spec.ClassesPerClient),
        "shards" => new ShardPartitioner(spec.ShardsPerClient),
        "quantity" => new QuantityPartitioner(Skew(spec.Skew)),
        "natural" => new NaturalPartitioner(),
        _ => throw new PartitionException($"There is no partition '{spec.Kind}': use iid, dirichlet, pathological, shards, quantity or natural."),
    };

    private static QuantitySkew Skew(string name) => name switch
    {
        "linear" => QuantitySkew.Linear,
        "square" => QuantitySkew.Square,
        "exponential" => QuantitySkew.Exponential,
        _ => throw new PartitionException($"There is no skew '{name}': use linear, square or exponential."),
    };
}
