using Federated.Engine.Randomness;
using Federated.Methods.DataPruning.Clustering;
using Federated.Methods.DataPruning.Rules;
using Federated.Methods.DataPruning.State;
using Federated.Methods.Experiments;

namespace Federated.Methods.DataPruning;

/// <summary>
/// Chooses the samples of one client in one round, as <c>training.dataPruning</c> says. In this order: <see cref="Scan"/> where <see cref="NeedsScan"/> says so, then for each epoch
/// <see cref="Choose"/> and, where <see cref="NeedsLosses"/> says so, <see cref="Trained"/> for each sample; at the end <see cref="State"/> is what the client remembers until its next round.
/// How many samples are chosen is known before (<see cref="SampleBudget"/>).
/// </summary>
public sealed class DataPruner
{
    private readonly ExperimentSpec experiment;
    private readonly DataPruningSpec spec;
    private readonly int client;
    private readonly int round;
    private readonly int[] samples;
    private readonly int[] labels;
    private readonly int classes;
    private readonly IPruningRule? rule;
    private readonly PruningState? state;
    private double[] scores = [];
    private Selection? ofRound;

    /// <summary>Starts a client's round.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="client">The client.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="samples">The client's training samples, ascending; the same in every round.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="remembered">What <see cref="State"/> was at the end of the client's round before; empty in its first.</param>
    /// <exception cref="PruningStateException">What is remembered is of another experiment.</exception>
    public DataPruner(ExperimentSpec experiment, int client, int round, int[] samples, int[] labels, int classes, ReadOnlySpan<byte> remembered)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, samples.Length, nameof(labels));
        this.experiment = experiment;
        this.client = client;
        this.round = round;
        this.samples = samples;
        this.labels = labels;
        this.classes = classes;
        spec = experiment.Training.DataPruning;
        rule = RuleOf(spec);
        state = StateOf(spec, samples.Length);
        if (!remembered.IsEmpty)
            state?.Restore(remembered);
    }

    /// <summary>Whether the client looks at all its samples with a model before the first choice of the round.</summary>
    public bool NeedsScan => spec.NeedsScan;

    /// <summary>Whether the look needs what the classifier receives.</summary>
    public bool NeedsFeatures => spec.NeedsFeatures;

    /// <summary>Whether the losses of training decide about later epochs.</summary>
    public bool NeedsLosses => spec.NeedsLosses;

    /// <summary>What the client remembers until its next round; null: nothing.</summary>
    public byte[]? State => state?.Encode();

    /// <summary>Bytes of <see cref="State"/> on a client with <paramref name="samples"/> training samples; 0 where it remembers nothing.</summary>
    public static int StateBytes(ExperimentSpec experiment, int samples) => PruningState.BytesOf(experiment.Training.DataPruning, samples);

    /// <summary>Looks at all samples. Once a round: what is remembered counts the looks.</summary>
    public void Scan(SampleScan scan)
    {
        if (!NeedsScan || samples.Length == 0)
            return;
        double[] found = new double[samples.Length];
        double[] probabilities = new double[classes];
        float[] features = [];
        scan(samples, (place, logits, sampleFeatures) =>
        {
            var output = new SampleOutput(logits, sampleFeatures, labels[place], probabilities);
            switch (spec.Kind)
            {
                case DataPruningSpec.El2n:
                    found[place] = output.ErrorNorm;
                    break;
                case DataPruningSpec.GradientNorm:
                    found[place] = output.LastLayerGradientNorm;
                    break;
                case DataPruningSpec.Forgetting:
                    found[place] = Look((ForgettingState)state!, place, output.IsRight);
                    break;
                case DataPruningSpec.Stratified:
                    // The lower the margin, the harder the sample.
                    found[place] = Look((ScoreSumState)state!, place, spec.Score == "el2n" ? output.ErrorNorm : -output.Margin);
                    break;
                case DataPruningSpec.Prototypes:
                    if (features.Length == 0)
                        features = new float[(long)samples.Length * sampleFeatures.Length];
                    sampleFeatures.CopyTo(features.AsSpan(place * sampleFeatures.Length));
                    break;
                default:
                    throw new InvalidOperationException($"{spec.Kind} looks at no samples.");
            }
        });
        scores = spec.Kind == DataPruningSpec.Prototypes ? DistancesOf(features) : found;
    }

    /// <summary>The samples of an epoch, by place among the client's, and their weights.</summary>
    /// <param name="epoch">The epoch within the round, from 0.</param>
    public Selection Choose(int epoch)
    {
        int keep = SampleBudget.OfEpoch(experiment, samples.Length, round, epoch);
        if (rule is null || keep == samples.Length)
            return Selection.All(samples.Length);
        if (ofRound is not null)
            return ofRound;
        Selection selection = rule.Choose(InputOf(epoch, keep));
        if (NeedsScan)
            ofRound = selection;
        return selection;
    }

    /// <summary>A sample was trained on.</summary>
    /// <param name="place">Its place among the client's samples.</param>
    /// <param name="loss">Its cross-entropy in that step.</param>
    public void Trained(int place, double loss) => (state as LossState)?.Look(place, loss);

    private static double Look(ForgettingState state, int place, bool isRight)
    {
        state.Look(place, isRight);
        return state.ScoreOf(place);
    }

    private static double Look(ScoreSumState state, int place, double score)
    {
        state.Look(place, score);
        return state.SumOf(place);
    }

    private static IPruningRule? RuleOf(DataPruningSpec spec) => spec.Kind switch
    {
        DataPruningSpec.None => null,
        DataPruningSpec.Random => new FixedRandomRule(),
        DataPruningSpec.Rs2 => new RandomPerEpochRule(spec.Replacement),
        DataPruningSpec.Stratified => new StratifiedRule(spec.Strata, spec.HardestDropped),
        DataPruningSpec.SlidingWindow => new SlidingWindowRule(spec.Groups, spec.WindowShare),
        DataPruningSpec.InfoBatch => new InfoBatchRule(),
        _ => new HighestScoreRule(spec.PerClassFloor, spec.Offset),
    };

    private static PruningState? StateOf(DataPruningSpec spec, int samples) => spec.Kind switch
    {
        DataPruningSpec.Forgetting => new ForgettingState(samples),
        DataPruningSpec.Stratified => new ScoreSumState(samples),
        DataPruningSpec.SlidingWindow or DataPruningSpec.InfoBatch => new LossState(samples),
        _ => null,
    };

    private PruningInput InputOf(int epoch, int keep)
    {
        double[] known = state switch
        {
            LossState when SampleBudget.IsAnnealing(experiment, round, epoch) => [],
            LossState losses => losses.ToScores(),
            _ => scores,
        };
        return new PruningInput(labels, known, keep, experiment.Seed, client, round, epoch, SampleBudget.EpochOfRun(experiment, round, epoch));
    }

    // Near samples are kept where the negative distance is the score.
    private double[] DistancesOf(float[] features)
    {
        var random = new KeyedRandom(new RandomKey(experiment.Seed, RandomPurpose.DataPruning, round, client, -1));
        double[] distances = NearestCentroid.Distances(features, features.Length / samples.Length, spec.Clusters, ref random);
        return spec.Keep == "near" ? [.. distances.Select(static distance => -distance)] : distances;
    }
}
