using Federated.Engine.Randomness;

namespace Federated.Methods.DataPruning.Rules;

/// <summary>One random choice for the whole run: what every other rule has to beat.</summary>
internal sealed class FixedRandomRule : IPruningRule
{
    public Selection Choose(PruningInput input)
    {
        KeyedRandom random = input.RandomOfRun(0);
        return new Selection([.. input.Shuffled(ref random).Take(input.Keep).Order()]);
    }
}
