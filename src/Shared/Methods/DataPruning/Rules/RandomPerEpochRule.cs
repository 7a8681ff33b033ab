using Federated.Engine.Randomness;

namespace Federated.Methods.DataPruning.Rules;

/// <summary>
/// RS2, repeated sampling of random subsets (arXiv 2305.18424): every epoch another random choice. Without replacement, epochs of the whole run walk through one shuffled order, each taking what
/// follows; an order gives ⌊n/m⌋ epochs of m samples, then another order is shuffled, so that no epoch meets a sample twice. Above half of the samples an order gives one epoch, and both variants draw
/// alike. It needs no memory: the epoch's number says where it stands.
/// </summary>
internal sealed class RandomPerEpochRule(bool replacement) : IPruningRule
{
    public Selection Choose(PruningInput input)
    {
        int skipped = 0;
        KeyedRandom random;
        if (replacement)
        {
            random = input.RandomOfEpoch();
        }
        else
        {
            (long order, long place) = Math.DivRem(input.EpochOfRun, input.Count / input.Keep);
            random = input.RandomOfRun(order);
            skipped = (int)place * input.Keep;
        }

        return new Selection([.. input.Shuffled(ref random).Skip(skipped).Take(input.Keep).Order()]);
    }
}
