using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;
using Xunit;

namespace Federated.Methods.Tests.Federation;

/// <summary>Answers to training that no training gives, alone and combined. The sums of a combined answer have the tags 1 (values), 2 (statistics), 3 (losses) and 16 + tensor (gradients).</summary>
public sealed class TrainingRefusalTests
{
    private static readonly ClientDescription[] Clients = [.. FoldSamples.Context.Clients.Take(3)];
    private static readonly long Samples = Clients.Sum(static client => client.Samples);
    private static readonly int First = FoldSamples.Requests[0].Tensor;
    private static readonly int FirstLength = FoldSamples.Mask.Layout.Tensors[First].Count;
    private static readonly int[] Pruned = BitSet.Full(FirstLength).Except(FoldSamples.Mask[First]!).ToPositions();
    private static readonly int[] Tags = [1, 2, 3, 16 + First, 16 + FoldSamples.Requests[1].Tensor];

    [Fact]
    public void A_sum_of_another_number_of_coordinates_is_refused() => RequireRefused(1, Vector(FoldSamples.Mask.Count + 1, Samples), RefusalReason.Malformed, "coordinates");

    [Fact]
    public void An_absurd_number_of_samples_is_refused()
    {
        RequireRefused(1, Vector(FoldSamples.Mask.Count, Samples + 1), RefusalReason.Implausible, "weighs");
        RequireRefused(2, Vector(FoldSamples.Context.Plan.Statistics.Count, 1_000_000_000), RefusalReason.Implausible, "weighs");
        RequireRefused(3, Loss(1, 4), RefusalReason.Implausible, "weighs");
        RequireRefused(Tags[3], Gradients(Pruned[..2], Samples - 1), RefusalReason.Implausible, "weighs");
    }

    [Fact]
    public void A_sum_beyond_what_the_weights_allow_is_refused()
    {
        // The largest float32, with a weight of one more than it is said to have.
        var sum = new ExactSum(FoldSamples.Mask.Count);
        float[] values = new float[FoldSamples.Mask.Count];
        values[3] = float.MaxValue;
        sum.Add(values, Samples + 1);
        byte[] bytes = PartialSum.Encode(sum);
        byte[] honest = Vector(FoldSamples.Mask.Count, Samples);
        int head = 4 + NumberBytes((ulong)FoldSamples.Mask.Count);
        byte[] forged = [.. bytes[..head], .. honest[head..(head + NumberBytes((ulong)Samples))], .. bytes[(head + NumberBytes((ulong)Samples + 1))..]];
        RequireRefused(1, forged, RefusalReason.Implausible, "larger than");
    }

    [Fact]
    public void A_negative_sum_of_variances_is_refused_and_one_of_means_is_not()
    {
        float[] statistics = new float[FoldSamples.Context.Plan.Statistics.Count];
        statistics[0] = -1;
        Merge(2, Vector(statistics.Length, Samples, statistics));
        statistics[FoldSamples.VarianceAt] = -1e-30f;
        RequireRefused(2, Vector(statistics.Length, Samples, statistics), RefusalReason.Implausible, "variances");
        statistics[FoldSamples.VarianceAt] = -0.5f;
        RequireRefused(2, Vector(statistics.Length, Samples, statistics), RefusalReason.Implausible, "variances");
    }

    [Fact]
    public void A_negative_sum_of_losses_is_refused() => RequireRefused(3, Loss(-1e-300, 3), RefusalReason.Implausible, "losses is negative");

    [Fact]
    public void A_loss_that_is_not_finite_has_no_sum()
    {
        // Beyond the largest double: 3 clients with the largest loss, and bytes for one more.
        var sum = new ExactScalarSum();
        for (int i = 0; i < 4; i++)
            sum.Add(double.MaxValue, 1);
        byte[] bytes = PartialSum.Encode(sum);
        bytes[4] = 3;
        RequireRefused(3, bytes, RefusalReason.Implausible, "larger than");
    }

    [Fact]
    public void Gradients_of_kept_weights_are_refused() => RequireRefused(Tags[3], Gradients([1, 5], Samples), RefusalReason.Malformed, "not pruned");

    [Fact]
    public void More_gradients_than_all_clients_were_asked_for_are_refused()
    {
        Merge(Tags[3], Gradients(Pruned[..18], Samples)); // 3 clients, 6 each
        RequireRefused(Tags[3], Gradients(Pruned[..19], Samples), RefusalReason.Malformed, "named coordinates");
    }

    [Fact]
    public void Gradients_of_a_tensor_of_another_length_are_refused()
    {
        var sum = new SparseExactSum(FirstLength * 4);
        sum.Add([(FirstLength * 4) - 1], [1f], Samples);
        RequireRefused(Tags[3], SparsePartialSum.Encode(sum), RefusalReason.Malformed, "");
    }

    [Fact]
    public void Gradients_that_nobody_asked_for_are_refused_and_missing_ones_too()
    {
        (int, byte[])[] sections = Sections();
        sections[3].Item1 = 16 + 2;
        RequireRefused(SumSections.Join(sections), RefusalReason.Malformed, "tag");
        RequireRefused(SumSections.Join([.. Sections(), (16 + 60, Gradients(Pruned[..2], Samples))]), RefusalReason.Malformed, "follow the end");
        RequireRefused(SumSections.Join(Sections()[..4]), RefusalReason.Malformed, "");
    }

    [Fact]
    public void A_client_alone_is_refused_by_name_and_leaves_no_trace()
    {
        ClientDescription client = Clients[1];
        float[] values = new float[FoldSamples.Mask.Count];
        float[] statistics = new float[FoldSamples.Context.Plan.Statistics.Count];
        float[] With(float[] array, int at, float value) => [.. array[..at], value, .. array[(at + 1)..]];
        TopGradientsPart Top(int[] first, float value = 1, int tensors = 2) => new(FoldSamples.Requests.Take(tensors).Select((request, i) => new TensorGradients(
            request.Tensor, FoldSamples.Mask.Layout.Tensors[request.Tensor].Count, i == 0 ? first : [], [.. Enumerable.Repeat(value, i == 0 ? first.Length : 0)])));
        Payload Answer(float[]? v = null, float[]? s = null, int samples = 0, double loss = 1, TopGradientsPart? top = null) =>
            TrainLocallyHandler.Answer(FoldSamples.Mask, v ?? values, s ?? statistics, (client.Samples * 2) + samples, loss, top ?? Top([Pruned[0]]));

        RequireNamed(Answer(v: With(values, 5, float.NaN)), "diverged");
        RequireNamed(Answer(s: With(statistics, 0, float.PositiveInfinity)), "diverged");
        RequireNamed(Answer(s: With(statistics, FoldSamples.VarianceAt, -1e-6f)), "variance");
        RequireNamed(Answer(samples: 1), "samples");
        RequireNamed(Answer(loss: double.NaN), "diverged");
        RequireNamed(Answer(loss: -1e-9), "negative");
        RequireNamed(Answer(top: Top(Pruned[..7])), "7 gradients");
        RequireNamed(Answer(top: Top([5])), "not pruned");
        RequireNamed(Answer(top: Top([Pruned[0]], float.NaN)), "diverged");
        RequireNamed(Answer(top: Top([Pruned[0]], tensors: 1)), "1 tensors");
        RequireNamed(new Payload(Answer().Parts[0], Answer().Parts[1], Answer().Parts[2]), nameof(TopGradientsPart));
        RequireNamed(new Payload(Answer().Parts[0], Answer().Parts[1], Answer().Parts[3]), nameof(NormStatisticsPart));
        RequireNamed(new Payload(Answer().Parts[0], Answer().Parts[2], Answer().Parts[3]), "without values");

        void RequireNamed(Payload answer, string cause)
        {
            IAnswerFold fold = FoldSamples.FoldOf("train", Clients[..1], 9);
            byte[] before = fold.Encode();
            ClientAnswerException failure = Assert.Throws<ClientAnswerException>(() => fold.Add(client, answer));
            Assert.Contains("client 1 ", failure.Message, StringComparison.Ordinal);
            Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
            Assert.Equal(before, fold.Encode());
        }
    }

    [Fact]
    public void Gradients_that_were_not_asked_for_are_refused_of_a_client_alone()
    {
        var fold = new TrainingAnswerCollector(FoldSamples.Context.Plan, FoldSamples.Mask, [], static samples => 2L * samples);
        ClientAnswerException failure = Assert.Throws<ClientAnswerException>(() => fold.Add(Clients[0], FoldSamples.Answer("train", Clients[0], 1)));
        Assert.Contains("nobody asked", failure.Message, StringComparison.Ordinal);
    }

    private static byte[] Vector(int length, long weight, float[]? values = null)
    {
        var sum = new ExactSum(length);
        sum.Add(values ?? new float[length], weight);
        return PartialSum.Encode(sum);
    }

    private static byte[] Loss(double loss, long clients)
    {
        var sum = new ExactScalarSum();
        sum.Add(loss, 1);
        sum.Add(0, clients - 1);
        return PartialSum.Encode(sum);
    }

    private static byte[] Gradients(int[] indices, long weight)
    {
        var sum = new SparseExactSum(FirstLength);
        sum.Add(indices, new float[indices.Length], weight);
        return SparsePartialSum.Encode(sum);
    }

    private static (int Tag, byte[] Bytes)[] Sections()
    {
        ReadOnlyMemory<byte>[] sections = SumSections.Split(FoldSamples.FoldOf("train", Clients, 4).Encode(), Tags);
        return [.. Tags.Select((tag, i) => (tag, sections[i].ToArray()))];
    }

    private static byte[] With(int tag, byte[] bytes) => SumSections.Join([.. Sections().Select(section => section.Tag == tag ? (tag, bytes) : section)]);

    private static void Merge(int tag, byte[] bytes) => FoldSamples.Training().Merge(With(tag, bytes), Clients);

    private static void RequireRefused(int tag, byte[] bytes, RefusalReason reason, string cause) => RequireRefused(With(tag, bytes), reason, cause);

    private static void RequireRefused(byte[] encoded, RefusalReason reason, string cause)
    {
        IAnswerFold server = FoldSamples.FoldOf("train", FoldSamples.Context.Clients.Skip(3), 6);
        byte[] before = server.Encode();
        AnswerRefusedException refusal = Assert.Throws<AnswerRefusedException>(() => server.Merge(encoded, Clients));
        Assert.True(reason == refusal.Reason, $"{refusal.Reason}: {refusal.Message}");
        Assert.Contains(cause, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, server.Encode());
    }

    private static int NumberBytes(ulong value) => (System.Numerics.BitOperations.Log2(value | 1) / 7) + 1;
}
