using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.Splitting;

namespace Federated.Methods.LocalLoss;

/// <summary>
/// Options of split training with locally generated losses (Han et al. 2021): clients train their head through an auxiliary head of their own, the server trains the rest on what they send, and no gradient comes
/// down.
/// </summary>
public sealed record LocalLossSpec : SplitMethodSpec
{
    /// <inheritdoc/>
    public override string Name => "local-loss-split";

    /// <inheritdoc/>
    public override IMethod CreateMethod() => new SplitFed.SplitFed(sequential: false);

    /// <inheritdoc/>
    private protected override SplitProgram CreateProgram(SplitPlan cut) =>
        new(cut, ParameterSubset.All(cut.Whole.Parameters), labelsAtServer: true, localLoss: true) { Wire = Wire, Compression = Compression };
}
