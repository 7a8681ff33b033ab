using Federated.Engine.Randomness;

namespace Federated.Methods.DataPruning.Rules;

/// <summary>
/// InfoBatch (arXiv 2303.04947): samples whose last loss is below the mean are thinned at random, and the loss of those that stay is multiplied by 1/(1 − r) with the dropped share r, so that the expected
/// gradient is that of all samples. There r is given and the number of samples follows from the losses; here the number is given, because costs are known in advance, and r = D/|W| follows from it, with
/// D samples to drop out of the well-learned W. Where fewer than 2·D are below the mean, those of next lowest loss are thinned as well, so that no loss counts more than twice, as long as at least half
/// of the samples are kept.
/// </summary>
internal sealed class InfoBatchRule : IPruningRule
{
    public Selection Choose(PruningInput input)
    {
        int count = input.Count;
        int dropped = count - input.Keep;
        if (dropped == 0)
            return Selection.All(count);

        // Equal losses (all of them, before the first epoch) in random order.
        KeyedRandom random = input.RandomOfEpoch();
        int[] order = [.. input.Shuffled(ref random).OrderBy(place => input.Scores[place])];
        double mean = input.Scores.Sum() / count;
        int learned = order.TakeWhile(place => input.Scores[place] < mean).Count();
        learned = (int)Math.Max(learned, Math.Min(count, 2L * dropped));
        random.Shuffle(order.AsSpan(0, learned));
        double[] weights = new double[count];
        for (int i = dropped; i < count; i++)
            weights[order[i]] = i < learned ? (double)learned / (learned - dropped) : 1;
        int[] places = [.. Enumerable.Range(0, count).Where(place => weights[place] > 0)];
        return new Selection(places, [.. places.Select(place => weights[place])]);
    }
}
