using System.Globalization;
using Federated.Engine.Randomness;
using Federated.Protocol.Payloads;
using Federated.TestKit;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Protocol.Tests;

/// <summary>Smaller batches at a cut: bytes worked out by hand, how far values may be off, what the draws do.</summary>
public sealed class ActivationCompressionTests
{
    private static readonly PayloadContext Context = new(Layouts.Small, 0, Activations: new ActivationLimits(256, 256, 1024));
    private static readonly RandomKey Key = new(7, RandomPurpose.Quantization, Round: 3, Client: 5);

    [Fact]
    public void Eight_bits_are_a_scale_and_a_byte_per_value()
    {
        byte[] bytes = Encode(ActivationCompression.Quantized(8), new ActivationShape(1, 2, 4), [127, -127, 1, 0, 0, 0, 0, 0]);

        // Kind 13, codec 1, 3 + 2 · (4 + 4) bytes; scale 1 and levels 127, −127, 1, 0; a vector of zeros.
        Assert.Equal("46500101" + "0D0113" + "010204" + "0000803F" + "7F810100" + "00000000" + "00000000", Convert.ToHexString(bytes));
        Assert.Equal([127, -127, 1, 0, 0, 0, 0, 0], Decode(bytes).ToArray());
    }

    [Fact]
    public void Four_bits_are_a_scale_and_a_byte_for_two_values()
    {
        byte[] bytes = Encode(ActivationCompression.Quantized(4), new ActivationShape(1, 1, 5), [3.5f, -3.5f, 0.5f, 0, 1.5f]);

        // Scale 0.5 and levels 7, −7, 1, 0, 3, the first of a pair in the lower half.
        Assert.Equal("46500101" + "0D020A" + "010105" + "0000003F" + "970103", Convert.ToHexString(bytes));
        Assert.Equal([3.5f, -3.5f, 0.5f, 0, 1.5f], Decode(bytes).ToArray());
    }

    [Fact]
    public void The_largest_magnitudes_cross_and_the_earlier_of_equals()
    {
        byte[] bytes = Encode(ActivationCompression.TopK(0.25), new ActivationShape(2, 1, 4), [1, -4, 4, 0, 0, 0, 0.5f, -0.25f]);

        // One of four: −4 at 1, 0.5 at 2; two bits for each position.
        Assert.Equal("46500101" + "0D030D" + "020104" + "01" + "000080C0" + "0000003F" + "09", Convert.ToHexString(bytes));
        ActivationsPart part = Decode(bytes);
        Assert.Equal([0, -4, 0, 0, 0, 0, 0.5f, 0], part.ToArray());
        Assert.Equal([1, 2], part.Positions!.Values.ToArray());
    }

    [Fact]
    public void A_gradient_comes_back_at_the_positions_that_the_batch_had()
    {
        var shape = new ActivationShape(1, 2, 4);
        ActivationsPart forward = Decode(Encode(ActivationCompression.TopK(0.5), shape, [1, 9, 2, 8, 7, 1, 6, 2]));
        var compressor = new ActivationCompressor(ActivationCompression.TopK(0.5));
        byte[] bytes = new Payload(compressor.CompressGradient(PartKind.CutGradient, shape, new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }, forward.Positions, Key)).Encode().Bytes;

        // Three counts and 2 of each vector, then four values and nothing else.
        Assert.Equal("46500101" + "100414" + "010204" + "02" + "00000040" + "00008040" + "0000A040" + "0000E040", Convert.ToHexString(bytes));
        Assert.Equal([0, 2, 0, 4, 5, 0, 7, 0], Payload.Decode(bytes, Context with { Positions = forward.Positions }).Get<ActivationsPart>().ToArray());
        Assert.Equal(PayloadError.Unexpected, Assert.Throws<PayloadException>(() => Payload.Decode(bytes, Context)).Error);
        var other = new ActivationPositions(shape, 1, new int[] { 0, 3 });
        Assert.Equal(PayloadError.LengthMismatch, Assert.Throws<PayloadException>(() => Payload.Decode(bytes, Context with { Positions = other })).Error);
    }

    [Fact]
    public void Without_positions_a_gradient_is_quantized_or_exact()
    {
        var shape = new ActivationShape(1, 1, 4);
        Assert.IsType<QuantizedActivationsPart>(new ActivationCompressor(ActivationCompression.Quantized(4)).CompressGradient(PartKind.CutGradient, shape, new float[4], null, Key));
        Assert.IsType<DenseActivationsPart>(new ActivationCompressor(ActivationCompression.TopK(0.5)).CompressGradient(PartKind.CutGradient, shape, new float[4], null, Key));
        Assert.IsType<DenseActivationsPart>(new ActivationCompressor(ActivationCompression.None).CompressGradient(PartKind.CutGradient, shape, new float[4], null, Key));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(4)]
    public void A_quantized_value_is_off_by_less_than_its_vectors_scale(int bits) => Properties.Check(
        from seed in Gen.Choose(0, 1_000_000)
        from tokens in Gen.Choose(1, 5)
        from features in Gen.Choose(1, 70)
        from exponent in Gen.Choose(-120, 120)
        select (seed, tokens, features, exponent),
        draw =>
        {
            var shape = new ActivationShape(2, draw.tokens, draw.features);
            float[] values = [.. Layouts.RandomValues(shape.Count, (ulong)draw.seed).Select(value => (float)(value * Math.ScaleB(1, draw.exponent)))];
            byte[] bytes = Encode(ActivationCompression.Quantized(bits), shape, values);
            float[] decoded = Decode(bytes).ToArray();
            int most = bits == 8 ? 127 : 7;
            for (int start = 0; start < values.Length; start += draw.features)
            {
                double scale = values.Skip(start).Take(draw.features).Max(Math.Abs) / (double)most;
                for (int i = start; i < start + draw.features; i++)
                {
                    // The scale and the product are rounded to float32.
                    if (Math.Abs(decoded[i] - (double)values[i]) >= scale * (1 + (most * 1e-7)))
                        return false;
                }
            }

            return bytes.Length == 4 + ActivationCompression.Quantized(bits).PartBytes(shape);
        });

    [Fact]
    public void Rounding_is_right_on_average_and_the_same_for_the_same_key()
    {
        var shape = new ActivationShape(1, 1, 3);
        float[] values = [7, 2.25f, -4.75f];
        var compressor = new ActivationCompressor(ActivationCompression.Quantized(4));
        double[] sums = new double[3];
        const int Draws = 20_000;
        for (int step = 0; step < Draws; step++)
        {
            float[] decoded = compressor.Compress(PartKind.SmashedData, shape, values, Key with { Step = step }).ToArray();
            Assert.Contains(decoded[1], new float[] { 2, 3 });
            Assert.Contains(decoded[2], new float[] { -5, -4 });
            for (int i = 0; i < 3; i++)
                sums[i] += decoded[i];
        }

        // One draw has the variance ¼·¾; five standard deviations of the mean are 0.0153.
        Assert.Equal(7, sums[0] / Draws);
        Assert.InRange(sums[1] / Draws, 2.25 - 0.0153, 2.25 + 0.0153);
        Assert.InRange(sums[2] / Draws, -4.75 - 0.0153, -4.75 + 0.0153);
        float[] batch = Layouts.RandomValues(200, 1);
        Assert.Equal(Encode(ActivationCompression.Quantized(8), new ActivationShape(2, 10, 10), batch), Encode(ActivationCompression.Quantized(8), new ActivationShape(2, 10, 10), batch));
    }

    [Fact]
    public void What_is_not_finite_is_not_a_number_at_the_other_end_and_the_largest_number_comes_back()
    {
        float[] decoded = Decode(Encode(ActivationCompression.Quantized(8), new ActivationShape(1, 4, 2), [float.PositiveInfinity, 1, 1, float.NaN, float.MaxValue, 0, float.Epsilon, 0])).ToArray();
        Assert.True(decoded[..4].All(float.IsNaN));
        Assert.InRange(decoded[4], float.MaxValue * 0.9999f, float.MaxValue);
        Assert.Equal([0f, 0f, 0f], decoded[5..]);
        Assert.Equal([float.NaN, 0, 0, float.NegativeInfinity], Decode(Encode(ActivationCompression.TopK(0.5), new ActivationShape(1, 2, 2), [float.NaN, 1, 1, float.NegativeInfinity])).ToArray());
    }

    [Fact]
    public void Top_k_agrees_with_sorting() => Properties.Check(
        from seed in Gen.Choose(0, 1_000_000)
        from features in Gen.Choose(1, 150)
        from percent in Gen.Choose(1, 100)
        select (seed, features, percent),
        draw =>
        {
            var shape = new ActivationShape(2, 2, draw.features);
            var compression = ActivationCompression.TopK(draw.percent / 100.0);
            float[] values = [.. Layouts.RandomValues(shape.Count, (ulong)draw.seed).Select(value => (float)Math.Round(value * 4))];
            ActivationsPart part = Decode(Encode(compression, shape, values));
            float[] expected = new float[values.Length];
            for (int start = 0; start < values.Length; start += draw.features)
            {
                foreach (int i in Enumerable.Range(start, draw.features).OrderByDescending(i => Math.Abs(values[i])).Take(compression.KeptOf(draw.features)))
                    expected[i] = values[i];
            }

            return part.ToArray().SequenceEqual(expected);
        });

    [Theory]
    [InlineData(0.01, 0.1)]
    [InlineData(0.1, 0.1)]
    [InlineData(0.5, 0)]
    [InlineData(0.9, 0.5)]
    [InlineData(1, 0.3)]
    public void The_planned_bytes_of_a_sparse_batch_are_those_it_takes(double keep, double alpha)
    {
        var shape = new ActivationShape(16, 65, 128);
        var compression = ActivationCompression.RandomTopK(keep, alpha);
        int bytes = Encode(compression, shape, Layouts.RandomValues(shape.Count, 5)).Length - 4;
        Assert.InRange(bytes, compression.PartBytes(shape) * 0.995, (compression.PartBytes(shape) * 1.001) + 8);
        ActivationsPart gradient = new ActivationCompressor(compression).CompressGradient(
            PartKind.CutGradient, shape, new float[shape.Count], new ActivationCompressor(compression).Compress(PartKind.SmashedData, shape, new float[shape.Count], Key).Positions, Key);
        Assert.Equal(new Payload(gradient).Encode().Length - 4, compression.GradientPartBytes(shape));
    }

    [Fact]
    public void Draws_of_RandTopk_come_from_the_rest_with_probability_alpha()
    {
        // 10 of 100 of 4000 vectors, the largest first.
        var shape = new ActivationShape(40, 100, 100);
        float[] values = [.. Enumerable.Range(0, shape.Count).Select(i => 100f - (i % 100))];
        int[] drawn = new int[100];
        ActivationPositions positions = new ActivationCompressor(ActivationCompression.RandomTopK(0.1, 0.2)).Compress(PartKind.SmashedData, shape, values, Key).Positions!;
        foreach (int position in positions.Values.Span)
            drawn[position]++;

        // 8 of 10 of each vector on average from the ten largest: 3200 ± 5 · 25 each there, and 89 ± 5 · 9.4 of each of the others.
        Assert.All(drawn[..10], count => Assert.InRange(count, 3200 - 127, 3200 + 127));
        Assert.All(drawn[10..], count => Assert.InRange(count, 88.9 - 47, 88.9 + 47));
        Assert.Equal(40_000, drawn.Sum());
    }

    [Fact]
    public void RandTopk_without_randomness_and_in_evaluation_is_top_k()
    {
        var shape = new ActivationShape(4, 5, 50);
        float[] values = Layouts.RandomValues(shape.Count, 9);
        byte[] plain = Encode(ActivationCompression.TopK(0.2), shape, values);
        Assert.Equal(plain, Encode(ActivationCompression.RandomTopK(0.2, 0), shape, values));
        Assert.Equal(plain, Encode(ActivationCompression.RandomTopK(0.2, 0.5).ForEvaluation, shape, values));
        Assert.NotEqual(plain, Encode(ActivationCompression.RandomTopK(0.2, 0.5), shape, values));
        Assert.Same(ActivationCompression.None, ActivationCompression.None.ForEvaluation);
    }

    [Fact]
    public void A_share_is_rounded_to_the_nearest_number_of_values_and_never_to_none()
    {
        Assert.Equal([1, 1, 2, 13, 128], new[] { 0.001, 0.011, 0.012, 0.1, 1.0 }.Select(keep => ActivationCompression.TopK(keep).KeptOf(128)));
    }

    /// <summary>The table of docs/codecs.md; a row that is missing there is shown by the failure.</summary>
    [Theory]
    [InlineData("exact", 0, 1, 0)]
    [InlineData("8 bits", 8, 1, 0)]
    [InlineData("4 bits", 4, 1, 0)]
    [InlineData("top-k, 25 %", 0, 0.25, 0)]
    [InlineData("top-k, 10 %", 0, 0.1, 0)]
    [InlineData("RandTopk, 10 %, α = 0.1", 0, 0.1, 0.1)]
    public void The_documented_bytes_and_errors_are_those_measured(string name, int bits, double keep, double alpha)
    {
        var shape = new ActivationShape(32, 65, 128);
        ActivationCompression compression = bits > 0 ? ActivationCompression.Quantized(bits)
            : alpha > 0 ? ActivationCompression.RandomTopK(keep, alpha)
            : keep < 1 ? ActivationCompression.TopK(keep) : ActivationCompression.None;
        float[] values = Layouts.RandomValues(shape.Count, 21);
        byte[] bytes = Encode(compression, shape, values);
        float[] decoded = Decode(bytes).ToArray();
        double error = Math.Sqrt(values.Zip(decoded, static (a, b) => (a - (double)b) * (a - (double)b)).Sum() / values.Sum(static a => a * (double)a));
        long exact = ActivationCompression.None.PartBytes(shape);
        string row = string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {bytes.Length - 4} | {(bytes.Length - 4) / (double)exact:0.000} | {compression.GradientPartBytes(shape) / (double)exact:0.000} | {error:0.0000} |");
        Assert.True(File.ReadAllText(Path.Combine(GoldenFile.RepositoryRoot, "docs/codecs.md")).Contains(row, StringComparison.Ordinal), row);
    }

    [Fact]
    public void Compressions_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ActivationCompression.Quantized(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => ActivationCompression.TopK(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ActivationCompression.TopK(1.01));
        Assert.Throws<ArgumentOutOfRangeException>(() => ActivationCompression.RandomTopK(0.5, double.NaN));
        var shape = new ActivationShape(1, 1, 2);
        Assert.Throws<ArgumentException>(() => new ActivationCompressor(ActivationCompression.None).Compress(PartKind.SmashedData, shape, new float[3], Key));
        Assert.Throws<ArgumentException>(() => new ActivationPositions(shape, 2, new[] { 1, 1 }));
        Assert.Throws<ArgumentException>(() => new ActivationPositions(shape, 2, new[] { 0, 2 }));
        Assert.Throws<ArgumentException>(() => new QuantizedActivationsPart(PartKind.SmashedData, shape, 4, new float[] { 1 }, new sbyte[] { 8, 0 }));
        Assert.Throws<ArgumentException>(() => new QuantizedActivationsPart(PartKind.SmashedData, shape, 8, new float[] { 0 }, new sbyte[] { 1, 0 }));
        Assert.Throws<ArgumentException>(() => new QuantizedActivationsPart(PartKind.SmashedData, shape, 8, new float[] { -0f }, new sbyte[] { 0, 0 }));
    }

    private static byte[] Encode(ActivationCompression compression, ActivationShape shape, float[] values) =>
        new Payload(new ActivationCompressor(compression).Compress(PartKind.SmashedData, shape, values, Key)).Encode().Bytes;

    private static ActivationsPart Decode(byte[] bytes) => Payload.Decode(bytes, Context).Get<ActivationsPart>();
}
