using System.Runtime.InteropServices;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.FedTiny;
using Federated.Methods.LocalTraining;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Tests.Federation;

/// <summary>A task of each kind on a small network with batch norm, and answers to it without training behind them.</summary>
internal static class FoldSamples
{
    /// <summary>Eleven clients with uneven shares; two epochs.</summary>
    public static readonly ExperimentContext Context = ExperimentContext.Create(
        new ExperimentSpec
        {
            Data = new DataSpec { Set = "synthetic" },
            Model = new ModelSpec { Name = "resnet-20", Width = 0.25 },
            Clients = new ClientsSpec { Count = 11, Partition = new PartitionSpec { Kind = "dirichlet", Alpha = 0.5 } },
            Training = new TrainingSpec { Epochs = 2 },
        },
        SyntheticSet.Create(new SyntheticOptions { Size = 8, TrainCount = 300, TestCount = 10 }));

    public static readonly Mask Mask = new(Context.Plan.Parameters, [.. Context.Plan.Parameters.Tensors.Select(t => t.IsPrunable ? BitSet.FromPositions(t.Count, [0, 5, 7]) : null)]);

    /// <summary>Of two tensors, 6 and 9 gradients each client.</summary>
    public static readonly GradientRequest[] Requests = [new(Prunable(1), 6), new(Prunable(4), 9)];

    private static readonly GlobalModel Model = new(Mask, new float[Mask.Count], new float[Context.Plan.Statistics.Count]);

    /// <summary>A variance's place in the vector of statistics.</summary>
    public static int VarianceAt => Context.Plan.Statistics.Tensors[1].Offset + 2;

    public static TrainingAnswerCollector Training() => new(Context.Plan, Mask, Requests, static samples => (long)samples * Context.Experiment.Training.Epochs);

    public static IAnswerFold Fold(string task) => task switch
    {
        TrainLocally.TaskName => Training(),
        RecalibrateCandidate.TaskName => new StatisticsCollector(Context.Plan.Statistics, Mask),
        _ => new LossCollector(Mask),
    };

    /// <summary>The bits of what the cohort answers, to compare.</summary>
    public static string Complete(IAnswerFold fold) => fold switch
    {
        TrainingAnswerCollector training => Text(training.Complete()),
        StatisticsCollector statistics => Text(statistics.Complete()),
        LossCollector losses => $"{BitConverter.DoubleToInt64Bits(losses.Complete()):x}",
        _ => throw new ArgumentException("Not a fold of these tests.", nameof(fold)),
    };

    /// <summary>What comes down for a task.</summary>
    public static Payload Down(string task)
    {
        Part[] model = [new MaskPart(Mask), new SparseValuesPart(Mask, Model.Values), new NormStatisticsPart(Model.Statistics)];
        return task == TrainLocally.TaskName ? new Payload([.. model, GradientRequests.ToPart(Requests)]) : new Payload(model);
    }

    /// <summary>A client's answer with random numbers; the same for the same seed.</summary>
    public static Payload Answer(string task, ClientDescription client, ulong seed)
    {
        var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.Synthetic, Client: client.Id));
        return task switch
        {
            TrainLocally.TaskName => TrainLocallyHandler.Answer(Mask, Numbers(ref random, Mask.Count), Statistics(ref random), client.Samples * 2, Loss(ref random), Gradients(ref random)),
            RecalibrateCandidate.TaskName => RecalibrateCandidateHandler.Answer(Statistics(ref random)),
            _ => EvaluateCandidateHandler.Answer(client.DevelopmentSamples, Loss(ref random)),
        };
    }

    /// <summary>The combined answer of clients, each added alone.</summary>
    public static IAnswerFold FoldOf(string task, IEnumerable<ClientDescription> clients, ulong seed)
    {
        IAnswerFold fold = Fold(task);
        foreach (ClientDescription client in clients)
            fold.Add(client, Answer(task, client, seed));
        return fold;
    }

    private static int Prunable(int number) => Enumerable.Range(0, Context.Plan.Parameters.Tensors.Length).Where(i => Context.Plan.Parameters.Tensors[i].IsPrunable).ElementAt(number);

    // Mostly like weights; some that no 128-bit sum holds.
    private static float[] Numbers(ref KeyedRandom random, int count)
    {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++)
            numbers[i] = random.Next(100) switch { 0 => float.Epsilon, 1 => 3e38f, 2 => -0f, _ => (float)(0.05 * random.NextNormal()) };
        return numbers;
    }

    private static float[] Statistics(ref KeyedRandom random)
    {
        float[] statistics = Numbers(ref random, Context.Plan.Statistics.Count);
        for (int i = 0; i < statistics.Length; i++)
            statistics[i] = Math.Abs(statistics[i]);
        return statistics;
    }

    private static double Loss(ref KeyedRandom random) => random.Next(10) switch { 0 => 0, 1 => 1e300, 2 => double.Epsilon, _ => Math.Abs(random.NextNormal()) };

    private static TopGradientsPart Gradients(ref KeyedRandom random)
    {
        var tensors = new List<TensorGradients>();
        foreach (GradientRequest request in Requests)
        {
            int length = Context.Plan.Parameters.Tensors[request.Tensor].Count;
            int[] pruned = BitSet.Full(length).Except(Mask[request.Tensor]!).ToPositions();
            // Few different places, so that clients name the same ones.
            var indices = new SortedSet<int>();
            for (int i = random.Next(request.Count + 1); i > 0; i--)
                indices.Add(pruned[random.Next(Math.Min(15, pruned.Length))]);
            tensors.Add(new TensorGradients(request.Tensor, length, [.. indices], Numbers(ref random, indices.Count)));
        }

        return new TopGradientsPart(tensors);
    }

    private static string Text(TrainingAnswer answer) =>
        $"{Text(answer.Values)} {Text(answer.Statistics)} {BitConverter.DoubleToInt64Bits(answer.MeanLoss):x} "
        + string.Join(' ', answer.Gradients.Select(gradients => $"{gradients.Tensor}: {string.Join(',', gradients.Indices)} {Text(gradients.Values)}"));

    private static string Text(float[] values) => Convert.ToHexString(MemoryMarshal.AsBytes<float>(values));
}
