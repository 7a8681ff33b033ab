using Federated.Engine.Randomness;
using Federated.Methods.DataPruning.Clustering;

namespace Federated.Methods.DataPruning.Rules;

/// <summary>
/// SeTa: the last losses are clustered into groups from easy to hard, a window of some groups slides over them from epoch to epoch, and samples are drawn from the window. There the samples are thinned
/// first and the number in the window follows from the losses; here the number is given, and is drawn from the window: where that holds fewer, it is widened, towards harder groups first.
/// </summary>
/// <param name="groups">Number of groups.</param>
/// <param name="windowShare">Share of the groups in the window: ⌊share·groups⌉ of them, halves to the even number, at least one.</param>
internal sealed class SlidingWindowRule(int groups, double windowShare) : IPruningRule
{
    public Selection Choose(PruningInput input)
    {
        KeyedRandom random = input.RandomOfEpoch();
        if (input.Scores.Length == 0)
            return new Selection([.. input.Shuffled(ref random).Take(input.Keep).Order()]);

        int[] groupOf = ScalarClusters.Of(input.Scores, groups);
        int found = groupOf.Max() + 1;
        int[] sizes = new int[found];
        foreach (int group in groupOf)
            sizes[group]++;
        int width = (int)Math.Clamp(Math.Round((decimal)windowShare * found, MidpointRounding.ToEven), 1, found);
        int start = (int)(input.EpochOfRun % (found - width + 1));
        int end = start + width;
        while (sizes.AsSpan(start, end - start).ToArray().Sum() < input.Keep)
        {
            if (end < found)
                end++;
            else
                start--;
        }

        int[] inside = [.. Enumerable.Range(0, input.Count).Where(place => groupOf[place] >= start && groupOf[place] < end)];
        random.Shuffle(inside.AsSpan());
        return new Selection([.. inside.Take(input.Keep).Order()]);
    }
}
