namespace Federated.Methods.DataPruning.Rules;

/// <summary>Keeps the samples of highest score, after those that are passed over as noise, and some of every class; equal scores in the order of the samples.</summary>
/// <param name="floor">Samples of every class that stay (see <see cref="RankedChoice.Take"/>).</param>
/// <param name="offset">Share of the samples of highest score that is passed over, as far as enough are left.</param>
internal sealed class HighestScoreRule(int floor, double offset) : IPruningRule
{
    public Selection Choose(PruningInput input)
    {
        int[] order = RankedChoice.ByFallingScore(input.Scores);
        int skipped = Math.Min(SampleBudget.ShareOf(offset, input.Count), input.Count - input.Keep);
        return new Selection(RankedChoice.Take(order.AsSpan(skipped), input.Labels, input.Keep, floor));
    }
}
