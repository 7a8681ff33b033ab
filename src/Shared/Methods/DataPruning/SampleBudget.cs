using Federated.Methods.Experiments;

namespace Federated.Methods.DataPruning;

/// <summary>How many samples are trained on and looked at: known before anything is trained, because no rule keeps more or fewer than it is asked for.</summary>
public static class SampleBudget
{
    /// <summary>
    /// ⌊κ·n⌋, at least 1 where there are samples. In decimal arithmetic on κ as it is written: 0.29 of 100 samples are 29, where the nearest float64 to 0.29 would give 28.
    /// </summary>
    public static int Kept(double keepFraction, int samples) => samples == 0 ? 0 : Math.Max(1, ShareOf(keepFraction, samples));

    /// <summary>⌊share·n⌋ of a share as it is written.</summary>
    public static int ShareOf(double share, int samples) => (int)Math.Floor((decimal)share * samples);

    /// <summary>Samples that epoch <paramref name="epoch"/> of round <paramref name="round"/> goes through, on a client with <paramref name="samples"/>.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="samples">The client's training samples.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="epoch">The epoch within it, from 0.</param>
    public static int OfEpoch(ExperimentSpec experiment, int samples, int round, int epoch)
    {
        DataPruningSpec pruning = experiment.Training.DataPruning;
        return pruning.Kind == DataPruningSpec.None || (pruning.Kind == DataPruningSpec.InfoBatch && IsAnnealing(experiment, round, epoch))
            ? samples
            : Kept(pruning.KeepFraction, samples);
    }

    /// <summary>Samples of all epochs of a round, each counted as often as it is trained on.</summary>
    public static long OfRound(ExperimentSpec experiment, int samples, int round)
    {
        long sum = 0;
        for (int epoch = 0; epoch < experiment.Training.Epochs; epoch++)
            sum += OfEpoch(experiment, samples, round, epoch);
        return sum;
    }

    /// <summary>Samples of a round that are looked at without training: one forward pass each.</summary>
    public static int Scanned(ExperimentSpec experiment, int samples) => experiment.Training.DataPruning.NeedsScan ? samples : 0;

    /// <summary>Number of an epoch in the whole run, from 0.</summary>
    internal static long EpochOfRun(ExperimentSpec experiment, int round, int epoch) => ((round - 1L) * experiment.Training.Epochs) + epoch;

    /// <summary>Whether an epoch lies in the last share of the run, in which losses do not decide any more: from epoch ⌊δ·all⌋ on.</summary>
    internal static bool IsAnnealing(ExperimentSpec experiment, int round, int epoch) =>
        EpochOfRun(experiment, round, epoch) >= (long)Math.Floor((decimal)experiment.Training.DataPruning.AnnealAfter * ((long)experiment.Rounds * experiment.Training.Epochs));
}
