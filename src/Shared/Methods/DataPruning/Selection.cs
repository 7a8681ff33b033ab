namespace Federated.Methods.DataPruning;

/// <summary>The samples that were chosen.</summary>
/// <param name="Places">Their places among what was chosen from, ascending, each once.</param>
/// <param name="Weights">What each one's loss is multiplied by, in the same order; null: by 1.</param>
public sealed record Selection(int[] Places, double[]? Weights = null)
{
    /// <summary>All of <paramref name="count"/> samples.</summary>
    public static Selection All(int count) => new([.. Enumerable.Range(0, count)]);
}
