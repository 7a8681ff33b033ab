using Federated.Engine.Networks;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;

namespace Federated.Methods.PartialTuning;

/// <summary>Options of a linear probe: the classifier trains on top of a frozen model that every client holds.</summary>
public sealed record LinearProbeSpec : MethodSpec
{
    /// <inheritdoc/>
    public override string Name => "linear-probe";

    /// <inheritdoc/>
    public override IMethod CreateMethod() => new PartialTuning(ClassifierTensors.Of);

    /// <inheritdoc/>
    internal override void Check(NetworkPlan plan)
    {
        FrozenModelCheck.Require(plan);
    }
}
