using Federated.Engine.Parameters;
using Federated.Protocol.Payloads;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Protocol.Tests;

/// <summary>What crosses when a model is cut: bytes worked out by hand, and that everything comes back.</summary>
public sealed class ActivationsTests
{
    private static readonly PayloadContext Context = new(Layouts.Small, 0, Activations: new ActivationLimits(300, 200, 1000));

    [Fact]
    public void A_batch_is_three_counts_and_its_values_row_by_row()
    {
        var part = new DenseActivationsPart(PartKind.SmashedData, new ActivationShape(1, 2, 200), Enumerable.Range(0, 400).Select(i => (float)i).ToArray());
        byte[] bytes = new Payload(part).Encode().Bytes;

        // Envelope; kind 13, codec 0, a length of 1604 = 12·128 + 68; samples 1, tokens 2, features 200 = 1·128 + 72; 0, 1, …
        Assert.Equal("46500101" + "0D00C40C" + "0102C801" + "00000000" + "0000803F", Convert.ToHexString(bytes.AsSpan(0, 20)));
        Assert.Equal(4 + 4 + 4 + 1600, bytes.Length);
        var received = Assert.IsType<DenseActivationsPart>(Payload.Decode(bytes, Context).Get<ActivationsPart>());
        Assert.Equal((part.Kind, part.Shape), (received.Kind, received.Shape));
        Assert.Equal(part.Values.ToArray(), received.Values.ToArray());
        Assert.Equal(part.Values.ToArray(), received.ToArray());
        Assert.Throws<ArgumentException>(() => received.CopyTo(new float[399]));
    }

    [Fact]
    public void Values_of_tensors_have_a_bit_per_tensor_of_the_layout()
    {
        var subset = new ParameterSubset(Layouts.Small, 3, 1);
        byte[] bytes = new Payload(new TensorValuesPart(PartKind.FrozenValues, subset, [.. Enumerable.Repeat(1f, 18)])).Encode().Bytes;

        // Kind 11, codec 0, 1 + 4 · (8 + 10) bytes; bits 1 and 3.
        Assert.Equal("46500101" + "0B0049" + "0A" + "0000803F", Convert.ToHexString(bytes.AsSpan(0, 12)));
        Assert.Equal(7 + 73, bytes.Length);
        TensorValuesPart received = Payload.Decode(bytes, Context).Get<TensorValuesPart>();
        Assert.Equal(subset, received.Subset);
        Assert.Equal(PartKind.FrozenValues, received.Kind);
    }

    [Fact]
    public void A_label_of_ten_classes_takes_four_bits()
    {
        byte[] bytes = new Payload(new LabelsPart(10, 3, 9, 1)).Encode().Bytes;
        Assert.Equal("46500101" + "110004" + "0A03" + "9301", Convert.ToHexString(bytes));
        Assert.Equal([3, 9, 1], Payload.Decode(bytes, Context).Get<LabelsPart>().Labels);
    }

    [Fact]
    public void A_number_of_600_samples_takes_ten_bits()
    {
        byte[] bytes = new Payload(new SampleNumbersPart(600, 599, 2)).Encode().Bytes;

        // 599 + 2·1024 = 2647 = 0A57.
        Assert.Equal("46500101" + "120006" + "D80402" + "570A00", Convert.ToHexString(bytes));
        Assert.Equal([599, 2], Payload.Decode(bytes, Context).Get<SampleNumbersPart>().Numbers);
    }

    [Fact]
    public void Numbers_of_every_width_come_back() => Properties.Check(
        from bound in Gen.OneOf(Gen.Choose(1, 9), Gen.Choose(10, 300), Gen.Choose(1, int.MaxValue))
        from count in Gen.Choose(1, 40)
        from numbers in Gen.Choose(0, bound - 1).ArrayOf(count)
        select (bound, numbers),
        batch =>
        {
            EncodedPayload encoded = new Payload(new SampleNumbersPart(batch.bound, batch.numbers)).Encode();
            int bits = batch.bound == 1 ? 0 : (int)Math.Ceiling(Math.Log2(batch.bound));
            int body = GroupBytes(batch.bound) + 1 + (((batch.numbers.Length * bits) + 7) / 8);
            SampleNumbersPart received = Payload.Decode(encoded.Bytes, Context).Get<SampleNumbersPart>();
            return received.Numbers.SequenceEqual(batch.numbers) && received.Population == batch.bound
                && encoded.Length == 4 + 2 + GroupBytes(body) + body;
        });

    [Fact]
    public void Lent_arrays_are_filled_again()
    {
        PayloadContext context = Context with { Vectors = new VectorPool() };
        byte[] first = new Payload(new DenseActivationsPart(PartKind.BodyOutput, new ActivationShape(2, 1, 2), new float[] { 1, 2, 3, 4 })).Encode().Bytes;
        byte[] second = new Payload(new DenseActivationsPart(PartKind.CutGradient, new ActivationShape(1, 2, 2), new float[] { 5, 6, 7, 8 })).Encode().Bytes;
        ReadOnlyMemory<float> values = Payload.Decode(first, context).Get<DenseActivationsPart>().Values;
        Assert.Equal([1, 2, 3, 4], values.ToArray());
        Payload.Decode(second, context);
        Assert.Equal([5, 6, 7, 8], values.ToArray());
    }

    private static int GroupBytes(int value) => value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
}
