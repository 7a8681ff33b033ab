using Federated.Engine.Randomness;

namespace Federated.Methods.DataPruning.Rules;

/// <summary>
/// CCS, coverage-centric coreset selection (Zheng et al. 2023): leaves out the hardest, cuts the range of the other scores into intervals of equal width, and spreads the samples to keep over them: from
/// the smallest stratum to the largest, each gives min(its size, ⌊what is left / strata left⌋), drawn at random. Classes are not balanced: a client of a Dirichlet partition has no balance to keep.
/// </summary>
/// <param name="strata">Number of intervals.</param>
/// <param name="hardestDropped">Share of the samples of highest score that is left out, as far as enough are left.</param>
internal sealed class StratifiedRule(int strata, double hardestDropped) : IPruningRule
{
    /// <summary>Chooses by hardness: the highest scores are the hardest samples.</summary>
    public Selection Choose(PruningInput input)
    {
        int dropped = Math.Min(SampleBudget.ShareOf(hardestDropped, input.Count), input.Count - input.Keep);
        int[] places = RankedChoice.ByFallingScore(input.Scores)[dropped..];
        Array.Sort(places);
        KeyedRandom random = input.RandomOfEpoch();
        var chosen = new List<int>(input.Keep);
        int stratumNumber = 0;
        foreach (int[] stratum in Strata(places, input.Scores).OrderBy(static stratum => stratum.Length)) // stable: equal sizes in the order of scores
        {
            random.Shuffle(stratum.AsSpan());
            int budget = Math.Min(stratum.Length, (input.Keep - chosen.Count) / (strata - stratumNumber++));
            chosen.AddRange(stratum.AsSpan(0, budget));
        }

        chosen.Sort();
        return new Selection([.. chosen]);
    }

    // The upper end belongs to the last interval, whatever its sign: multiplying the highest score by a little more than 1 would leave a negative one outside.
    private int[][] Strata(int[] places, double[] scores)
    {
        double lowest = places.Min(place => scores[place]);
        double width = places.Max(place => scores[place]) - lowest;
        var members = new List<int>[strata];
        for (int i = 0; i < strata; i++)
            members[i] = [];
        foreach (int place in places)
            members[width > 0 ? (int)Math.Min(strata - 1, Math.Floor((scores[place] - lowest) / width * strata)) : 0].Add(place);
        return [.. members.Select(static stratum => stratum.ToArray())];
    }
}
