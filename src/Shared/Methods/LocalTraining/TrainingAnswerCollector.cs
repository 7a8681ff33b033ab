using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.LocalTraining;

/// <summary>Combines the answers to <see cref="TrainLocally"/>: exact sums of values and statistics weighted by samples, exact sums of the reported gradients.</summary>
internal sealed class TrainingAnswerCollector(NetworkPlan plan, Mask mask, IReadOnlyList<GradientRequest> requests) : IAnswerCollector<TrainingAnswer>
{
    private readonly ExactSum values = new(mask.Count);
    private readonly ExactSum statistics = new(plan.Statistics.Count);
    private readonly List<(int Client, double LossSum, double Samples)> losses = [];
    private readonly SortedDictionary<int, (long Weight, TopGradientsPart Part)> gradients = [];

    public void Add(ClientDescription client, Payload answer)
    {
        ScalarsPart scalars = answer.Require<ScalarsPart>(client, TrainLocally.TaskName);
        losses.Add((client.Id, scalars[ScalarKey.LossSum].Real, scalars[ScalarKey.SamplesSeen].Real));
        try
        {
            values.Add(answer.RequireValues(client, mask), client.Samples);
            if (plan.Statistics.Count > 0)
                statistics.Add(answer.RequireStatistics(client, TrainLocally.TaskName, plan.Statistics.Count), client.Samples);
        }
        catch (NonFiniteContributionException e)
        {
            throw new ClientAnswerException($"{client.Name} diverged: its model holds a value that is not finite. Lower training.learningRate.initial, or raise the batch size.", e);
        }

        if (requests.Count > 0)
            gradients.Add(client.Id, (client.Samples, answer.Require<TopGradientsPart>(client, TrainLocally.TaskName)));
    }

    public TrainingAnswer Complete()
    {
        // Floating-point sums in the order of the clients' numbers, whatever the order in which they answered.
        losses.Sort(static (a, b) => a.Client.CompareTo(b.Client));
        return new TrainingAnswer(
            values.Mean(),
            plan.Statistics.Count > 0 ? statistics.Mean() : [],
            losses.Sum(static l => l.LossSum) / Math.Max(1, losses.Sum(static l => l.Samples)),
            [.. requests.Select(request => MeanOf(request.Tensor))]);
    }

    // g̃ = Σ_k n_k g_k / Σ_k n_k over the whole cohort; a client that did not report a weight counts as zero there.
    private MeanGradients MeanOf(int tensor)
    {
        (long Weight, TensorGradients Top)[] reported = [.. gradients.Values.Select(g => (g.Weight, g.Part.Tensors.Single(t => t.Tensor == tensor)))];
        int[] union = [.. reported.SelectMany(static r => r.Top.Indices).Distinct().Order()];
        var sum = new ExactSum(union.Length);
        float[] scattered = new float[union.Length];
        foreach ((long weight, TensorGradients top) in reported)
        {
            Array.Clear(scattered);
            for (int i = 0; i < top.Indices.Length; i++)
                scattered[Array.BinarySearch(union, top.Indices[i])] = top.Values[i];
            sum.Add(scattered, weight);
        }

        return new MeanGradients(tensor, union, sum.Mean());
    }
}
