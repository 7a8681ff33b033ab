using Federated.Engine.Parameters;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class PayloadBufferTests
{
    private static readonly ParameterLayout Layout = new([new ParameterTensor("fc.weight", ParameterKind.LinearWeight, [3, 50], 0, 1, 0)]);
    private static readonly Mask Sparse = new(Layout, [BitSet.FromPositions(150, [1, 7, 149])]);

    [Fact]
    public void A_buffer_that_is_used_again_holds_the_bytes_of_the_last_payload_alone()
    {
        var buffer = new PayloadBuffer();
        Payload[] payloads =
        [
            new(new DenseValuesPart(Values(150, 1)), new ScalarsPart(Scalar.Of(1, 60L), Scalar.Of(2, 0.5))),
            new(new MaskPart(Sparse), new SparseValuesPart(Sparse, [1, 2, 3])),
            new(new ScalarsPart(Scalar.Of(1, -1L))),
            new(new DenseValuesPart(Values(150, 2)), new NormStatisticsPart([4, 5])),
            new([]),
        ];
        foreach (Payload payload in payloads)
        {
            EncodedPayload expected = payload.Encode();
            buffer.Encode(payload);
            Assert.Equal(expected.Bytes, buffer.Bytes.ToArray());
            Assert.Equal(expected.Parts, buffer.Parts);
        }
    }

    [Fact]
    public void Encoding_values_again_allocates_nothing()
    {
        var buffer = new PayloadBuffer();
        var payload = new Payload(new ScalarsPart(Scalar.Of(1, 60L), Scalar.Of(2, 0.5)), new DenseValuesPart(Values(150, 1)), new NormStatisticsPart([4, 5]));
        buffer.Encode(payload);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            buffer.Encode(payload);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Lent_vectors_hold_the_last_payload_and_are_the_same_arrays()
    {
        var context = new PayloadContext(Layout, 2, Vectors: new VectorPool());
        Payload first = Payload.Decode(new Payload(new DenseValuesPart(Values(150, 1)), new NormStatisticsPart([4, 5])).Encode().Bytes, context);
        float[] values = first.Get<DenseValuesPart>().Values;
        float[] statistics = first.Get<NormStatisticsPart>().Values;
        Assert.NotSame(values, statistics);
        Payload second = Payload.Decode(new Payload(new DenseValuesPart(Values(150, 2)), new NormStatisticsPart([6, 7])).Encode().Bytes, context);
        Assert.Same(values, second.Get<DenseValuesPart>().Values);
        Assert.Same(statistics, second.Get<NormStatisticsPart>().Values);
        Assert.Equal(Values(150, 2), values);
        Assert.Equal([6, 7], statistics);
    }

    [Fact]
    public void Vectors_of_another_length_are_new()
    {
        var pool = new VectorPool();
        float[] dense = Payload.Decode(new Payload(new DenseValuesPart(Values(150, 1))).Encode().Bytes, new PayloadContext(Layout, 2, Vectors: pool)).Get<DenseValuesPart>().Values;
        var sparse = new Payload(new SparseValuesPart(Sparse, [1, 2, 3]));
        Assert.Equal([1, 2, 3], Payload.Decode(sparse.Encode().Bytes, new PayloadContext(Layout, 2, Sparse, Vectors: pool)).Get<SparseValuesPart>().Values);
        Assert.Equal(Values(150, 1), dense);
    }

    private static float[] Values(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => (float)((i * seed) - 3))];
}
