using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.FedTiny;

/// <summary>Combines the answers to <see cref="RecalibrateCandidate"/>: the exact sum of the statistics weighted by development samples. A client without such samples weighs nothing.</summary>
/// <param name="layout">Which statistics are variances.</param>
/// <param name="mask">The candidate's mask.</param>
internal sealed class StatisticsCollector(StatisticsLayout layout, Mask mask) : IAnswerCollector<float[]>
{
    // Tag of the sum in a combined answer; on the wire.
    private const int StatisticsTag = 1;
    private static readonly int[] Tags = [StatisticsTag];

    private readonly ExactSum sum = new(layout.Count);

    /// <inheritdoc/>
    public Mask Mask { get; } = mask;

    /// <inheritdoc/>
    public void Add(ClientDescription client, Payload answer)
    {
        float[] statistics = answer.RequireStatistics(client, RecalibrateCandidate.TaskName, layout.Count);
        FoldReading.RequireStatistics(statistics, layout, client);
        if (client.DevelopmentSamples > 0)
            sum.Add(statistics, client.DevelopmentSamples, client.Id);
    }

    /// <inheritdoc/>
    public byte[] Encode() => SumSections.Join([(StatisticsTag, PartialSum.Encode(sum))]);

    /// <inheritdoc/>
    public void Merge(ReadOnlyMemory<byte> encoded, IReadOnlyList<ClientDescription> clients) =>
        sum.Merge(FoldReading.Statistics(FoldReading.Split(encoded, Tags)[0], layout, Samples(clients)));

    /// <inheritdoc/>
    public long LargestEncoding(IReadOnlyList<ClientDescription> clients) =>
        (2 * SumSections.LargestHeadBytes) + PartialSum.LargestVectorBytes(layout.Count, Samples(clients));

    /// <inheritdoc/>
    public float[] Complete() => sum.Mean();

    private static long Samples(IReadOnlyList<ClientDescription> clients) => clients.Sum(static client => (long)client.DevelopmentSamples);
}
