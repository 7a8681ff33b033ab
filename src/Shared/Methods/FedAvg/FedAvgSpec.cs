using Federated.Methods.Experiments;

namespace Federated.Methods.FedAvg;

/// <summary>Options of <see cref="FedAvg"/>: it has none of its own.</summary>
public sealed record FedAvgSpec : MethodSpec
{
    /// <inheritdoc/>
    public override string Name => "fedavg";
}
