using Federated.Engine.Parameters;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class PayloadTests
{
    private static readonly ParameterLayout Layout = Layouts.Small;
    private static readonly Mask Old = Layouts.RandomMask(Layout, 1, 0.1);
    private static readonly Mask New = Layouts.RandomMask(Layout, 2, 0.1);

    [Fact]
    public void A_payload_of_all_kinds_comes_back_as_it_was()
    {
        float[] dense = Layouts.RandomValues(Layout.Count, 3);
        float[] compact = Layouts.RandomValues(New.Count, 4);
        float[] compactOld = Layouts.RandomValues(Old.Count, 5);
        var indexed = new IndexedValuesPart(4, New[4]!, Layouts.RandomValues(New[4]!.Count, 6));
        var gradients = new TopGradientsPart(new TensorGradients(0, 216, [0, 7, 215], [1, -2, float.NaN]), new TensorGradients(2, 1152, [], []));
        var sent = new Payload(
            new ScalarsPart(Scalar.Of(3, 1.5), Scalar.Of(1, -7L), Scalar.Of(127, long.MinValue)),
            new DenseValuesPart(dense),
            new SparseValuesPart(Old, compactOld),
            new MaskChangePart(Old, New),
            new SparseValuesPart(New, compact),
            new MaskPart(Old),
            new SparseValuesPart(Old, compactOld),
            new ReferencePart(PartKind.Mask, New.Digest),
            new SparseValuesPart(New, compact),
            indexed,
            new NormStatisticsPart([0, 1, -0f]),
            gradients);

        Payload received = Payload.Decode(sent.Encode().Bytes, new PayloadContext(Layout, 3, Old, digest => digest == New.Digest ? New : null));

        Assert.Equal(sent.Parts.Select(p => p.Kind), received.Parts.Select(p => p.Kind));
        ScalarsPart scalars = received.Get<ScalarsPart>();
        Assert.Equal((-7, 1.5, long.MinValue), (scalars[1].Integer, scalars[3].Real, scalars[127].Integer));
        AssertBits(dense, received.Get<DenseValuesPart>().Values);
        Assert.Equal(New, ((MaskChangePart)received.Parts[3]).To);
        Assert.Equal(New.Digest, ((SparseValuesPart)received.Parts[4]).Mask.Digest);
        AssertBits(compact, ((SparseValuesPart)received.Parts[4]).Values);
        Assert.Equal(Old, received.Get<MaskPart>().Mask);
        AssertBits(compactOld, ((SparseValuesPart)received.Parts[6]).Values);
        AssertBits(compact, ((SparseValuesPart)received.Parts[8]).Values);
        Assert.Equal(indexed.Positions, received.Get<IndexedValuesPart>().Positions);
        AssertBits(indexed.Values, received.Get<IndexedValuesPart>().Values);
        AssertBits([0, 1, -0f], received.Get<NormStatisticsPart>().Values);
        TopGradientsPart top = received.Get<TopGradientsPart>();
        Assert.Equal([0, 7, 215], top.Tensors[0].Indices);
        AssertBits([1, -2, float.NaN], top.Tensors[0].Values);
        Assert.Equal(2, top.Tensors[1].Tensor);
        Assert.Empty(top.Tensors[1].Indices);
    }

    [Fact]
    public void The_sizes_of_the_parts_sum_to_the_length()
    {
        EncodedPayload encoded = new Payload(new DenseValuesPart(new float[Layout.Count]), new ScalarsPart(Scalar.Of(0, 64L)), new NormStatisticsPart(new float[8])).Encode();

        // 4 of the envelope; kind, codec and a length of two bytes before 4 · 2026 bytes; a key and two bytes of 64 zigzag-coded to 128; 8 values.
        Assert.Equal(
            [new(PartKind.Envelope, 4), new(PartKind.DenseValues, 4 + (4 * 2026)), new(PartKind.Scalars, 3 + 3), new PartSize(PartKind.NormStatistics, 3 + 32)],
            encoded.Parts);
        Assert.Equal(encoded.Parts.Sum(p => p.Bytes), encoded.Length);
        Assert.Equal(encoded.Parts, EncodedPayload.FromBytes(encoded.Bytes).Parts);
    }

    private static void AssertBits(float[] expected, float[] actual) =>
        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));
}
