using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;

namespace Federated.Methods.FedTiny;

/// <summary>
/// Combines the answers to <see cref="EvaluateCandidate"/>: Σ_k |D̂_k| L_k / Σ_k |D̂_k|, that is the sum of all samples' losses over their number. The losses are added as integers and rounded
/// once, so that nothing depends on order or grouping.
/// </summary>
/// <param name="mask">The candidate's mask.</param>
internal sealed class LossCollector(Mask mask) : IAnswerCollector<double>
{
    // Tags of the sums in a combined answer. They are on the wire: never renumber, only append.
    private const int LossesTag = 1;
    private const int InfiniteTag = 2;
    private static readonly int[] Tags = [LossesTag, InfiniteTag];

    // Both run over all clients with weight 1. A network without batch norm may give a loss that is not finite; it counts as zero in the first and as one in the second.
    private readonly ExactScalarSum losses = new();
    private readonly ExactScalarSum infinite = new();
    private long samples;

    /// <inheritdoc/>
    public Mask Mask { get; } = mask;

    /// <inheritdoc/>
    public void Add(ClientDescription client, Payload answer)
    {
        ScalarsPart scalars = answer.Require<ScalarsPart>(client, EvaluateCandidate.TaskName);
        if (scalars.Find(ScalarKey.LossSum)?.Real is not { } loss || scalars.Find(ScalarKey.SamplesSeen)?.Real is not { } seen)
            throw new ClientAnswerException($"{client.Name} answered '{EvaluateCandidate.TaskName}' without a loss or a number of samples.");
        FoldReading.RequireSamples(seen, client.DevelopmentSamples, client, EvaluateCandidate.TaskName);
        if (loss < 0)
            throw new ClientAnswerException($"{client.Name} answered with a sum of losses of {loss}; a cross-entropy is not negative.");
        bool finite = double.IsFinite(loss);
        losses.Add(finite ? loss : 0, 1, client.Id);
        infinite.Add(finite ? 0 : 1, 1, client.Id);
        samples += client.DevelopmentSamples;
    }

    /// <inheritdoc/>
    public byte[] Encode() => SumSections.Join([(LossesTag, PartialSum.Encode(losses)), (InfiniteTag, PartialSum.Encode(infinite))]);

    /// <inheritdoc/>
    public void Merge(ReadOnlyMemory<byte> encoded, IReadOnlyList<ClientDescription> clients)
    {
        ReadOnlyMemory<byte>[] sections = FoldReading.Split(encoded, Tags);
        ExactScalarSum otherLosses = FoldReading.Losses(sections[0], clients.Count);
        ExactScalarSum otherInfinite = FoldReading.Losses(sections[1], clients.Count);
        double share = otherInfinite.Mean();
        if (share > 1)
            throw new AnswerRefusedException(RefusalReason.Implausible, $"{share * clients.Count} losses of {clients.Count} are not finite.");
        losses.Merge(otherLosses);
        infinite.Merge(otherInfinite);
        samples += clients.Sum(static client => (long)client.DevelopmentSamples);
    }

    /// <inheritdoc/>
    public long LargestEncoding(IReadOnlyList<ClientDescription> clients) => 3 * (SumSections.LargestHeadBytes + PartialSum.LargestScalarBytes(clients.Count));

    /// <inheritdoc/>
    public double Complete() => infinite.Over(1) > 0 ? double.PositiveInfinity : losses.Over((ulong)Math.Max(1, samples));
}
