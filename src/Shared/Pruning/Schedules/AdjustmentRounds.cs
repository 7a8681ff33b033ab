namespace Federated.Pruning.Schedules;

/// <summary>
/// The rounds in which the mask is adjusted: every ΔR rounds, up to and including R_stop (FedTiny, arXiv 2212.01977). Round 0 is none: nothing has been trained yet.
/// </summary>
/// <param name="Every">ΔR, in rounds; 0 for never.</param>
/// <param name="Last">R_stop, the last round that may adjust.</param>
public readonly record struct AdjustmentRounds(int Every, int Last)
{
    /// <summary>Whether the mask is adjusted in <paramref name="round"/>.</summary>
    public bool IsAdjustment(int round) => Every > 0 && round > 0 && round <= Last && round % Every == 0;

    /// <summary>
    /// The number of this adjustment, 0 for the first. Blocks are walked by this number: walked by the round's number, a ΔR that shares a factor with the
    /// number of blocks would never reach some of them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The round adjusts nothing.</exception>
    public int NumberOf(int round) =>
        IsAdjustment(round) ? (round / Every) - 1 : throw new ArgumentOutOfRangeException(nameof(round), round, $"Masks are adjusted every {Every} rounds from {Every} to {Last}.");
}
