using Federated.Engine.Randomness;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class PartialSumTests
{
    /// <summary>Any finite float32 by its bits; most of them like weights of a network, so that some coordinates spill and others do not.</summary>
    private static readonly Gen<float> Floats =
        from sign in Gen.Choose(0, 1)
        from exponent in Gen.Frequency((1, Gen.Choose(0, 254)), (6, Gen.Choose(115, 128)), (1, Gen.Constant(0)))
        from mantissa in Gen.OneOf(Gen.Choose(0, 0x7FFFFF), Gen.Elements(0, 1, 0x400000, 0x7FFFFF))
        select BitConverter.Int32BitsToSingle((sign << 31) | (exponent << 23) | mantissa);

    private static readonly Gen<long> Weights = Gen.OneOf(Gen.Choose(1, 1000), Gen.Choose(1, int.MaxValue)).Select(w => (long)w);

    private static readonly Gen<(float[] Values, long Weight)[]> Vectors =
        from length in Gen.Elements(0, 1, 63, 64, 65, 150)
        from count in Gen.Choose(0, 6)
        from vectors in (from values in Floats.ArrayOf(length) from weight in Weights select (values, weight)).ArrayOf(count)
        select vectors.Length == 0 ? [(new float[length], 1L)] : vectors;

    [Fact]
    public void What_is_decoded_is_what_was_encoded() => Properties.Check(Vectors, vectors =>
    {
        ExactSum sum = Sum(vectors);
        byte[] bytes = PartialSum.Encode(sum);
        ExactSum decoded = PartialSum.DecodeVector(bytes, sum.Length);
        return decoded.TotalWeight == sum.TotalWeight
            && Enumerable.Range(0, sum.Length).All(i => decoded.Total(i) == sum.Total(i))
            && PartialSum.Encode(decoded).AsSpan().SequenceEqual(bytes);
    });

    [Fact]
    public void A_sum_has_one_encoding_whatever_its_order() => Properties.Check(Vectors, vectors =>
    {
        ExactSum backward = Sum([.. vectors.Reverse(), .. vectors]);
        foreach ((float[] values, long weight) in vectors)
            backward.Add([.. values.Select(v => -v)], weight);
        ExactSum forward = Sum([.. vectors]);
        var zeros = new ExactSum(forward.Length);
        foreach ((float[] values, long weight) in vectors.Concat(vectors))
            zeros.Add(new float[values.Length], weight);
        forward.Merge(zeros);
        return PartialSum.Encode(forward).AsSpan().SequenceEqual(PartialSum.Encode(backward));
    });

    [Fact]
    public void Merging_what_crossed_is_merging() => Properties.Check(Vectors, vectors =>
    {
        ExactSum whole = Sum(vectors);
        ExactSum left = Sum([.. vectors.Take(vectors.Length / 2), (new float[whole.Length], 1)]);
        ExactSum right = Sum([.. vectors.Skip(vectors.Length / 2)]);
        ExactSum crossed = PartialSum.DecodeVector(PartialSum.Encode(left), whole.Length);
        crossed.Merge(PartialSum.DecodeVector(PartialSum.Encode(right), whole.Length));
        ExactSum inPlace = PartialSum.DecodeVector(PartialSum.Encode(left), whole.Length);
        inPlace.Merge(EncodedVectorSum.Check(PartialSum.Encode(right), whole.Length));
        left.Merge(right);
        if (!PartialSum.Encode(inPlace).AsSpan().SequenceEqual(PartialSum.Encode(left)))
            return false;
        return crossed.TotalWeight == left.TotalWeight && crossed.Mean().SequenceEqual(left.Mean()) && Enumerable.Range(0, whole.Length).All(i => crossed.Total(i) == whole.Total(i));
    });

    [Fact]
    public void Scalars_cross_too() => Properties.Check(
        (from bits in ArbMap.Default.GeneratorFor<long>()
         let value = BitConverter.Int64BitsToDouble(bits)
         from weight in Weights
         select (Value: double.IsFinite(value) ? value : bits, Weight: weight)).ListOf(),
        contributions =>
        {
            var left = new ExactScalarSum();
            var right = new ExactScalarSum();
            var whole = new ExactScalarSum();
            foreach ((double value, long weight) in contributions)
            {
                whole.Add(value, weight);
                (left.TotalWeight > right.TotalWeight ? right : left).Add(value, weight);
            }

            ExactScalarSum crossed = PartialSum.DecodeScalar(PartialSum.Encode(left));
            crossed.Merge(PartialSum.DecodeScalar(PartialSum.Encode(right)));
            return crossed.TotalWeight == whole.TotalWeight && crossed.Sum == whole.Sum && PartialSum.Encode(crossed).AsSpan().SequenceEqual(PartialSum.Encode(whole));
        });

    [Fact]
    public void A_small_sum_has_the_bytes_worked_out_by_hand()
    {
        // 3 · 0.5 is 3 · 2^79 units: plane 9 holds 2^79 as 0x80, so 3 · 2^79 = 0x0180 there and in plane 10. −3 · 1.5 = −9 · 2^79: −(0x0480) = 0xFB80.
        // The smallest float32 is 1 unit of 2^-149 and no multiple of 2^-80.
        var sum = new ExactSum(3);
        sum.Add([0.5f, -1.5f, float.Epsilon], 3);

        Assert.Equal<byte>(
            [(byte)'F', (byte)'S', 1, 0, 3, 3, /* planes 9 and 10 */ 9, 2, 0x80, 0x80, 0, 0x01, 0xFB, 0, /* one other: coordinate 2, one byte, 3 */ 1, 2, 1, 3],
            PartialSum.Encode(sum));
    }

    [Fact]
    public void Sums_like_those_of_a_round_take_two_thirds_of_their_memory()
    {
        var random = new KeyedRandom(new RandomKey(21, RandomPurpose.Synthetic));
        var sum = new ExactSum(10_000);
        for (int client = 0; client < 50; client++)
            sum.Add([.. Enumerable.Range(0, 10_000).Select(_ => (float)(0.05 * random.NextNormal()))], 100 + random.Next(900));

        // 24 bits of mantissa, 15 of weights, and the binary orders between the largest sum and the smallest value of 64: 8 to 10 bytes.
        Assert.InRange(PartialSum.Encode(sum).Length, 70_000, 110_000);
    }

    [Fact]
    public void A_sum_of_another_length_weight_or_version_is_refused()
    {
        byte[] bytes = PartialSum.Encode(Sum([([1, 2, 3], 5)]));

        Assert.Equal(PayloadError.LengthMismatch, Assert.Throws<PayloadException>(() => PartialSum.DecodeVector(bytes, 4)).Error);
        Assert.Equal(PayloadError.UnknownKind, Assert.Throws<PayloadException>(() => PartialSum.DecodeScalar(bytes)).Error);
        Assert.Equal(PayloadError.TrailingBytes, Assert.Throws<PayloadException>(() => PartialSum.DecodeVector([.. bytes, 0], 3)).Error);
        Assert.Equal(PayloadError.UnsupportedVersion, Assert.Throws<PayloadException>(() => PartialSum.DecodeVector([(byte)'F', (byte)'S', 2, .. bytes[3..]], 3)).Error);
        bytes[5] = 0;
        Assert.Equal(PayloadError.OutOfRange, Assert.Throws<PayloadException>(() => PartialSum.DecodeVector(bytes, 3)).Error);
    }

    [Fact]
    public void A_length_that_the_bytes_cannot_hold_gets_no_memory()
    {
        // 2^30 coordinates would take 16 GiB.
        byte[] bytes = [(byte)'F', (byte)'S', 1, 0, 0x80, 0x80, 0x80, 0x80, 4, 1, 0, 0, 0];

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(PayloadError.Truncated, Assert.Throws<PayloadException>(() => PartialSum.DecodeVector(bytes, 1 << 30)).Error);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16384);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Mutated_bytes_end_in_their_only_sum_or_in_a_typed_error(bool spilled)
    {
        var random = new KeyedRandom(new RandomKey(22, RandomPurpose.Synthetic));
        var sum = new ExactSum(1000);
        float[] values = [.. Enumerable.Range(0, 1000).Select(i => i is > 100 and < 300 ? 0 : (float)(0.05 * random.NextNormal()))];
        if (spilled)
            (values[3], values[500], values[999]) = (1e-30f, 1e38f, float.Epsilon);
        sum.Add(values, 77);
        var scalar = new ExactScalarSum();
        scalar.Add(0.1, 3);
        Mutate(PartialSum.Encode(sum), ref random, bytes => PartialSum.Encode(PartialSum.DecodeVector(bytes, 1000)), 16 * 1000);
        // Decoded into a sum of its own and added to it in place: the same bytes are taken, and the same ones refused.
        Mutate(PartialSum.Encode(sum), ref random, bytes => PartialSum.Encode(InPlace(bytes, 1000)), 16 * 1000);
        Mutate(PartialSum.Encode(scalar), ref random, bytes => PartialSum.Encode(PartialSum.DecodeScalar(bytes)), 0);
    }

    private static void Mutate(byte[] valid, ref KeyedRandom random, Func<byte[], byte[]> recode, int memory)
    {
        Assert.Equal(valid, recode(valid));
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            List<byte> bytes = [.. valid];
            for (int edits = random.Next(3) + 1; edits > 0 && bytes.Count > 0; edits--)
            {
                int at = random.Next(2) == 0 ? random.Next(Math.Min(16, bytes.Count)) : random.Next(2) == 0 ? bytes.Count - 1 - random.Next(Math.Min(16, bytes.Count)) : random.Next(bytes.Count);
                switch (random.Next(5))
                {
                    case 0:
                        bytes.Insert(at, (byte)random.Next(256));
                        break;
                    case 1:
                        bytes.RemoveAt(at);
                        break;
                    case 2:
                        bytes.RemoveRange(at, bytes.Count - at);
                        break;
                    case 3:
                        bytes[at] ^= (byte)(1 << random.Next(8));
                        break;
                    default:
                        bytes[at] = (byte)random.Next(256);
                        break;
                }
            }

            byte[] mutated = [.. bytes];
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                byte[] again = recode(mutated);

                // One sum has one encoding: what is taken at all is what an encoder wrote.
                Assert.Equal(mutated, again);
            }
            catch (PayloadException error)
            {
                refused++;
                Assert.InRange(error.Offset, 0, mutated.Length);
            }

            // Decoded and encoded again, with small objects and the exception.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (4L * memory) + (8L * mutated.Length) + 32768);
        }

        Assert.InRange(refused, 1000, 3000);
    }

    [Fact]
    public void A_checked_sum_takes_no_memory_beside_its_bytes()
    {
        var sum = new ExactSum(200_000);
        sum.Add(new float[200_000], 1);
        byte[] bytes = PartialSum.Encode(sum);
        EncodedVectorSum.Check(bytes, sum.Length); // compiled by now
        long before = GC.GetAllocatedBytesForCurrentThread();
        sum.Merge(EncodedVectorSum.Check(bytes, sum.Length));
        // Decoded it would take 3.2 MB; a collection counts what is left of the thread's allocation window, up to 8 KiB, as allocated.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16384);
    }

    [Fact]
    public void No_sum_is_longer_than_the_bound_says() => Properties.Check(Vectors, vectors =>
    {
        ExactSum sum = Sum(vectors);
        var scalar = new ExactScalarSum();
        foreach ((float[] values, long weight) in vectors)
            scalar.Add(values.Length > 0 ? values[0] : double.MaxValue, weight);
        return PartialSum.Encode(sum).Length <= PartialSum.LargestVectorBytes(sum.Length, sum.TotalWeight)
            && PartialSum.Encode(scalar).Length <= PartialSum.LargestScalarBytes(scalar.TotalWeight);
    });

    private static ExactSum InPlace(byte[] bytes, int length)
    {
        var sum = new ExactSum(length);
        sum.Merge(EncodedVectorSum.Check(bytes, length));
        return sum;
    }

    private static ExactSum Sum((float[] Values, long Weight)[] vectors)
    {
        var sum = new ExactSum(vectors.Length == 0 ? 0 : vectors[0].Values.Length);
        foreach ((float[] values, long weight) in vectors)
            sum.Add(values, weight);
        return sum;
    }
}
