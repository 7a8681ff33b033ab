using Federated.Engine.Parameters;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class PayloadErrorTests
{
    private static readonly ParameterLayout Layout = Layouts.Small;
    private static readonly Mask Known = Layouts.RandomMask(Layout, 1, 0.1);
    private static readonly PayloadContext Context = new(Layout, 2, Known, Activations: new ActivationLimits(4, 3, 8));

    public static TheoryData<string, PayloadError, int> Malformed => new()
    {
        { "", PayloadError.Truncated, 0 },
        { "465001", PayloadError.Truncated, 0 },
        { "47500100", PayloadError.NotAPayload, 0 },
        { "46500200", PayloadError.UnsupportedVersion, 2 },
        { "46500141", PayloadError.OutOfRange, 3 },
        { "4650010000", PayloadError.TrailingBytes, 4 },
        { "46500101", PayloadError.Truncated, 4 },
        { "46500101000000", PayloadError.UnknownKind, 4 },
        { "46500101140000", PayloadError.UnknownKind, 4 },
        { "46500101010100", PayloadError.UnknownCodec, 5 },
        { "46500101010003000000", PayloadError.Truncated, 8 }, // a real of two bytes
        { "4650010101000500000081", PayloadError.Truncated, 7 }, // four of five bytes are there
        { "4650010101008000", PayloadError.OutOfRange, 6 }, // zero as two groups
        { "46500101010080808080808080808002", PayloadError.OutOfRange, 6 }, // more than 64 bits
        { "465001010100FFFFFFFF0F", PayloadError.OutOfRange, 6 }, // more than int
        { "4650010101000481028102", PayloadError.OutOfRange, 9 }, // the key 1 twice
        { "4650010102000400000000", PayloadError.LengthMismatch, 7 }, // one dense value of 2026
        { "4650010107000400000000", PayloadError.LengthMismatch, 7 }, // one statistic of 2
        { "46500101030003D90100", PayloadError.OutOfRange, 7 }, // 217 of 216 kept
        { "4650010103000401000000", PayloadError.CorruptStream, 11 }, // one weight is kept, behind more clear ones than there are
        { "46500101030003010000", PayloadError.CorruptStream, 10 }, // the same without a stream
        { "4650010103000400000000", PayloadError.TrailingBytes, 10 }, // nothing is kept; a byte of stream follows
        { "46500101050004FFFFFFFF", PayloadError.UnknownMask, 7 },
        { "46500101060003050000", PayloadError.OutOfRange, 7 }, // tensor 5 of 0…4
        { "465001010600030101000000", PayloadError.Truncated, 9 }, // a value in one byte
        { "46500101080006020200010000", PayloadError.OutOfRange, 10 }, // tensor 1 after tensor 2
        { "4650010109002109" + "0000000000000000000000000000000000000000000000000000000000000000", PayloadError.UnknownKind, 7 },
        { "4650010109002103" + "0000000000000000000000000000000000000000000000000000000000000000", PayloadError.UnknownMask, 8 },
        { "465001010A0001E0", PayloadError.OutOfRange, 7 }, // bits of tensors 5, 6 and 7 of 0…4
        { "465001010B0002" + "0200", PayloadError.LengthMismatch, 8 }, // a byte of the 32 of the values of tensor 1
        { "465001010C0000", PayloadError.Truncated, 7 },
        { "465001010D0003050101", PayloadError.OutOfRange, 7 }, // 5 of 4 samples
        { "465001010E0003010401", PayloadError.OutOfRange, 8 }, // 4 of 3 tokens
        { "465001010F0003010109", PayloadError.OutOfRange, 9 }, // 9 of 8 features
        { "46500101100003010001", PayloadError.OutOfRange, 8 }, // no tokens
        { "46500101100006010101000000", PayloadError.LengthMismatch, 10 }, // a value in three bytes
        { "465001010D0500", PayloadError.UnknownCodec, 5 },
        { "465001010D0107" + "010102" + "0000803F", PayloadError.LengthMismatch, 10 }, // a scale without levels
        { "465001010D0109" + "010102" + "0000803F" + "8000", PayloadError.OutOfRange, 10 }, // level −128
        { "465001010D0109" + "010102" + "0000807F" + "0000", PayloadError.OutOfRange, 10 }, // an infinite scale
        { "465001010D0208" + "010102" + "0000803F" + "80", PayloadError.OutOfRange, 10 }, // level −8
        { "465001010D0208" + "010101" + "0000803F" + "17", PayloadError.OutOfRange, 14 }, // a second level of one
        { "465001010D0304" + "010102" + "03", PayloadError.OutOfRange, 10 }, // 3 of 2 values
        { "465001010D0304" + "040308" + "08", PayloadError.Truncated, 11 }, // no values
        { "465001010D0309" + "010108" + "01" + "0000803F" + "08", PayloadError.OutOfRange, 15 }, // position 0, and a bit behind it
        { "46500101100404" + "010102" + "01", PayloadError.Unexpected, 7 }, // values at positions that no batch had
        { "465001011100020A00", PayloadError.OutOfRange, 8 }, // no label
        { "4650010111000400010101", PayloadError.OutOfRange, 7 }, // no class
        { "465001011100030A050A", PayloadError.OutOfRange, 8 }, // 5 labels of 4 samples
        { "465001011100030A010A", PayloadError.OutOfRange, 9 }, // class 10 of 0…9
        { "465001011100030A0113", PayloadError.OutOfRange, 9 }, // a bit behind the only label
        { "465001011200030A0300", PayloadError.Truncated, 9 }, // one byte of two
        { "4650010104002A" + "0000000000000000000000000000000000000000000000000000000000000000" + "00000000000000000000", PayloadError.UnknownMask, 7 },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_payload_names_the_error_and_its_place(string hexadecimal, PayloadError error, int offset)
    {
        PayloadException thrown = Assert.Throws<PayloadException>(() => Payload.Decode(Convert.FromHexString(hexadecimal), Context));

        Assert.Equal((error, offset), (thrown.Error, thrown.Offset));
    }

    [Fact]
    public void Values_of_another_mask_of_the_same_size_are_refused()
    {
        Mask other = Layouts.RandomMask(Layout, 2, 0.1);
        Assert.Equal(Known.Count, other.Count);
        byte[] bytes = new Payload(new SparseValuesPart(other, new float[other.Count])).Encode().Bytes;

        Assert.Equal(PayloadError.UnknownMask, Assert.Throws<PayloadException>(() => Payload.Decode(bytes, Context)).Error);
        Assert.Equal(PayloadError.UnknownMask, Assert.Throws<PayloadException>(() => Payload.Decode(bytes, new PayloadContext(Layout, 2))).Error);
    }

    [Fact]
    public void A_batch_in_a_payload_without_a_place_for_one_is_refused()
    {
        var context = new PayloadContext(Layout, 2);
        foreach (Part part in new Part[] { new DenseActivationsPart(PartKind.SmashedData, new ActivationShape(1, 1, 1), new float[1]), new LabelsPart(10, 3), new SampleNumbersPart(5, 4) })
        {
            byte[] bytes = new Payload(part).Encode().Bytes;
            Assert.Equal(PayloadError.Unexpected, Assert.Throws<PayloadException>(() => Payload.Decode(bytes, context)).Error);
        }
    }

    [Fact]
    public void Every_prefix_of_a_payload_is_refused()
    {
        byte[] bytes = new Payload(
            new MaskPart(Known),
            new SparseValuesPart(Known, new float[Known.Count]),
            new TopGradientsPart(new TensorGradients(2, 1152, [1, 5, 700], [1, 2, 3])),
            new ScalarsPart(Scalar.Of(1, 300L), Scalar.Of(2, 0.5))).Encode().Bytes;

        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<PayloadException>(() => Payload.Decode(bytes.AsMemory(0, length), Context));
    }

    [Fact]
    public void Parts_that_make_no_sense_cannot_be_built()
    {
        Assert.Throws<ArgumentException>(() => new SparseValuesPart(Known, new float[3]));
        Assert.Throws<ArgumentException>(() => new ScalarsPart(Scalar.Of(1, 1L), Scalar.Of(1, 2.0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scalar.Of(128, 1L));
        Assert.Throws<ArgumentException>(() => new IndexedValuesPart(0, BitSet.Full(4), new float[3]));
        Assert.Throws<ArgumentException>(() => new TopGradientsPart(new TensorGradients(0, 10, [3, 3], [1, 2])));
        Assert.Throws<ArgumentException>(() => new TopGradientsPart(new TensorGradients(0, 10, [10], [1])));
        Assert.Throws<ArgumentException>(() => new TopGradientsPart(new TensorGradients(1, 10, [], []), new TensorGradients(1, 10, [], [])));
        Assert.Throws<ArgumentException>(() => new ReferencePart(PartKind.Mask, "abc"));
        Assert.Throws<ArgumentException>(() => new ReferencePart(PartKind.Reference, Known.Digest));
        Assert.Throws<ArgumentException>(() => new ReferencePart(PartKind.SmashedData, Known.Digest));
        Assert.Throws<ArgumentException>(() => new TensorValuesPart(PartKind.DenseValues, ParameterSubset.None(Layout), []));
        Assert.Throws<ArgumentException>(() => new TensorValuesPart(PartKind.FrozenValues, new ParameterSubset(Layout, 1), new float[7]));
        Assert.Throws<ArgumentException>(() => new DenseActivationsPart(PartKind.Labels, new ActivationShape(1, 1, 1), new float[1]));
        Assert.Throws<ArgumentException>(() => new DenseActivationsPart(PartKind.SmashedData, default, Array.Empty<float>()));
        Assert.Throws<ArgumentException>(() => new DenseActivationsPart(PartKind.SmashedData, new ActivationShape(2, 3, 4), new float[23]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ActivationShape(2, 0, 4));
        Assert.Throws<OverflowException>(() => new ActivationShape(1 << 16, 1 << 15, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ActivationLimits(1 << 15, 1 << 15, 1));
        Assert.Throws<ArgumentException>(() => new LabelsPart(10));
        Assert.Throws<ArgumentException>(() => new LabelsPart(10, 3, 10));
        Assert.Throws<ArgumentException>(() => new SampleNumbersPart(10, -1));
        Assert.Throws<ArgumentException>(() => new Payload([.. Enumerable.Repeat(new ScalarsPart(), 65)]));
    }
}
