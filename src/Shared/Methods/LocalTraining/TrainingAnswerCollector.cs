using System.Collections.Immutable;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.LocalTraining;

/// <summary>
/// Combines the answers to <see cref="TrainLocally"/>: exact sums of values and statistics weighted by samples, of losses, and of the reported gradients, where a client that did not
/// report a weight counts as zero. All of them are integers, so that nothing depends on order or grouping.
/// </summary>
internal sealed class TrainingAnswerCollector : IAnswerCollector<TrainingAnswer>
{
    // Tags of the sums in a combined answer. They are on the wire: never renumber, only append.
    private const int ValuesTag = 1;
    private const int StatisticsTag = 2;
    private const int LossesTag = 3;
    private const int FirstGradientsTag = 16; // + index of the tensor

    private readonly NetworkPlan plan;
    private readonly GradientRequest[] requests;
    private readonly Func<int, long> samplesSeen;
    private readonly int[] tags;
    private readonly ExactSum values;
    private readonly ExactSum statistics;
    private readonly ExactScalarSum losses = new();
    private readonly SparseExactSum[] gradients;
    private long seen;

    /// <summary>Starts with nothing.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="mask">The mask that the clients train under.</param>
    /// <param name="requests">The gradients that they were asked for.</param>
    /// <param name="samplesSeen">How many samples a client goes through that has so many, each counted as often as it is trained on.</param>
    public TrainingAnswerCollector(NetworkPlan plan, Mask mask, IReadOnlyList<GradientRequest> requests, Func<int, long> samplesSeen)
    {
        this.plan = plan;
        this.samplesSeen = samplesSeen;
        this.requests = [.. requests.OrderBy(static r => r.Tensor)];
        Mask = mask;
        values = new ExactSum(mask.Count);
        statistics = new ExactSum(plan.Statistics.Count);
        gradients = [.. this.requests.Select(r => new SparseExactSum(plan.Parameters.Tensors[r.Tensor].Count))];
        tags =
        [
            ValuesTag,
            .. HasStatistics ? [StatisticsTag] : Array.Empty<int>(),
            LossesTag,
            .. this.requests.Select(static r => FirstGradientsTag + r.Tensor),
        ];
    }

    /// <inheritdoc/>
    public Mask Mask { get; }

    private bool HasStatistics => plan.Statistics.Count > 0;

    /// <inheritdoc/>
    public void Add(ClientDescription client, Payload answer)
    {
        ScalarsPart scalars = answer.Require<ScalarsPart>(client, TrainLocally.TaskName);
        FoldReading.RequireSamples(FoldReading.Number(scalars, ScalarKey.SamplesSeen, client, TrainLocally.TaskName), samplesSeen(client.Samples), client, TrainLocally.TaskName);
        double loss = FoldReading.Number(scalars, ScalarKey.LossSum, client, TrainLocally.TaskName);
        FoldReading.RequireLoss(loss, client);
        float[] clientStatistics = HasStatistics ? answer.RequireStatistics(client, TrainLocally.TaskName, plan.Statistics.Count) : [];
        FoldReading.RequireStatistics(clientStatistics, plan.Statistics, client);
        ImmutableArray<TensorGradients> top = ReportedGradients.Require(client, answer, requests, Mask);
        try
        {
            // The last that may fail, and then it leaves the sum as it was.
            values.Add(answer.RequireValues(client, Mask), client.Samples, client.Id);
        }
        catch (NonFiniteContributionException e)
        {
            throw FoldReading.Diverged(client, "its model holds a value that is not finite", e);
        }

        losses.Add(loss, 1, client.Id);
        seen += samplesSeen(client.Samples);
        if (HasStatistics)
            statistics.Add(clientStatistics, client.Samples, client.Id);
        for (int i = 0; i < requests.Length; i++)
            gradients[i].Add(top[i].Indices, top[i].Values, client.Samples, client.Id);
    }

    /// <inheritdoc/>
    public byte[] Encode()
    {
        var sections = new List<(int, byte[])>(tags.Length) { (ValuesTag, PartialSum.Encode(values)) };
        if (HasStatistics)
            sections.Add((StatisticsTag, PartialSum.Encode(statistics)));
        sections.Add((LossesTag, PartialSum.Encode(losses)));
        for (int i = 0; i < requests.Length; i++)
            sections.Add((FirstGradientsTag + requests[i].Tensor, SparsePartialSum.Encode(gradients[i])));
        return SumSections.Join(sections);
    }

    /// <inheritdoc/>
    public void Merge(ReadOnlyMemory<byte> encoded, IReadOnlyList<ClientDescription> clients)
    {
        long samples = clients.Sum(static client => (long)client.Samples);
        ReadOnlyMemory<byte>[] sections = FoldReading.Split(encoded, tags);
        int next = 0;
        EncodedVectorSum otherValues = FoldReading.Vector(sections[next++], Mask.Count, samples, "values");
        ExactSum? otherStatistics = HasStatistics ? FoldReading.Statistics(sections[next++], plan.Statistics, samples) : null;
        ExactScalarSum otherLosses = FoldReading.Losses(sections[next++], clients.Count);
        SparseExactSum[] otherGradients = [.. requests.Select((request, i) => ReportedGradients.Decode(sections[next + i], request, Mask, samples, clients.Count))];

        // All is checked: nothing below fails.
        values.Merge(otherValues);
        if (otherStatistics is not null)
            statistics.Merge(otherStatistics);
        losses.Merge(otherLosses);
        seen += clients.Sum(client => samplesSeen(client.Samples));
        for (int i = 0; i < requests.Length; i++)
            gradients[i].Merge(otherGradients[i]);
    }

    /// <inheritdoc/>
    public long LargestEncoding(IReadOnlyList<ClientDescription> clients)
    {
        long samples = clients.Sum(static client => (long)client.Samples);
        return SumSections.LargestHeadBytes
            + ((long)tags.Length * SumSections.LargestHeadBytes)
            + PartialSum.LargestVectorBytes(Mask.Count, samples)
            + (HasStatistics ? PartialSum.LargestVectorBytes(plan.Statistics.Count, samples) : 0)
            + PartialSum.LargestScalarBytes(clients.Count)
            + requests.Sum(request => ReportedGradients.LargestBytes(request, Mask, samples, clients.Count));
    }

    /// <inheritdoc/>
    public TrainingAnswer Complete() => new(
        values.Mean(),
        HasStatistics ? statistics.Mean() : [],
        losses.Over((ulong)seen),
        [.. requests.Select((request, i) => MeanOf(request.Tensor, gradients[i]))]);

    private static MeanGradients MeanOf(int tensor, SparseExactSum sum)
    {
        (int[] indices, float[] mean) = sum.Mean();
        return new MeanGradients(tensor, indices, mean);
    }
}
