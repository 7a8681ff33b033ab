using Federated.Methods.Experiments;
using Federated.Methods.Federation;

namespace Federated.Methods.FedAvg;

/// <summary>Options of <see cref="FedAvg"/>: it has none of its own.</summary>
public sealed record FedAvgSpec : MethodSpec
{
    /// <inheritdoc/>
    public override string Name => "fedavg";

    /// <inheritdoc/>
    public override IMethod CreateMethod() => new FedAvg();
}
