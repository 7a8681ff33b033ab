using System.CommandLine;
using Federated.Engine.Numerics;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Protocol.Coding;
using Federated.Protocol.Payloads;

namespace Federated.Bench;

/// <summary>Size and speed of the coding of index sets, against the entropy bound and a bitmap, and of whole masks; one thread.</summary>
internal static class CodecCommand
{
    private static readonly int[] Lengths = [10_000, 100_000, 1_000_000];
    private static readonly double[] Densities = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5];

    public static Command Create()
    {
        var repeats = new Option<int>("--repeats") { Description = "Timed passes after one untimed.", DefaultValueFactory = _ => 9 };
        var density = new Option<double>("--density") { Description = "Kept share of the mask whose coding and decoding is the result.", DefaultValueFactory = _ => 0.01 };
        var positions = new Option<int>("--mask-positions") { Description = "Weights of the mask that is coded as a payload.", DefaultValueFactory = _ => 11_000_000 };
        var command = new Command("codec", "Index sets and masks: bytes against the entropy bound, positions per second of processor time, one thread.") { repeats, density, positions };
        command.SetAction(result => Run(result.GetValue(repeats), result.GetValue(density), result.GetValue(positions)));
        return command;
    }

    private static void Run(int repeats, double resultDensity, int maskPositions)
    {
        var rows = new List<Row>();
        Console.WriteLine("| n | density | bound, bits/position | coded, bits/position | coded / bound | one set alone, bytes (bound) | bitmap, bytes | encode, M positions/s | decode, M positions/s |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int length in Lengths)
        {
            foreach (double density in Densities)
            {
                Row row = MeasureSets(length, density, repeats);
                rows.Add(row);
                Console.WriteLine($"| {row.Length} | {100 * row.Density} % | {row.BoundBits / row.Length:F5} | {row.CodedBits / row.Length:F5} | {row.CodedBits / row.BoundBits:F4} "
                    + $"| {row.AloneBytes} ({row.BoundBits / 8:F1}) | {(row.Length + 7) / 8} | {row.EncodeRate:F0} | {row.DecodeRate:F0} |");
            }
        }

        Console.WriteLine();
        Console.WriteLine("| mask of n weights | density | payload, bytes | bytes per kept weight | encode, ms | decode, ms | change of 1 % of the kept: bytes |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        var masks = new List<object>();
        foreach (double density in Densities)
            masks.Add(MeasureMask(maskPositions, density, repeats));
        ResultLine.Write("codec", RoundTrip(maskPositions, resultDensity, repeats), threads: 1, new { density = resultDensity, positions = maskPositions, sets = rows, masks });
    }

    private static Row MeasureSets(int length, double density, int repeats)
    {
        // As many sets in one stream as make a million positions, but 16 at least: the rounding to bytes at the stream's end is shared, as it is among the tensors of a mask.
        int count = (int)(density * length);
        var sets = new BitSet[Math.Max(16, 1_000_000 / length)];
        for (int i = 0; i < sets.Length; i++)
            sets[i] = RandomSet(length, count, i);
        byte[] stream = [];
        var encode = new Timings(repeats);
        encode.Measure(() => stream = Encode(sets, count));
        var decode = new Timings(repeats);
        ulong[] words = new ulong[BitSet.WordCount(length)];
        decode.Measure(() =>
        {
            var decoder = new RangeDecoder(stream, 0);
            for (int i = 0; i < sets.Length; i++)
            {
                words.AsSpan().Clear();
                IndexSetCodec.Decode(ref decoder, words, length, count);
            }
        });
        if (!words.AsSpan().SequenceEqual(sets[^1].Words))
            throw new InvalidOperationException("The last set did not come back.");
        double positions = (double)length * sets.Length / 1e6;
        return new Row(
            length, density, BoundBits(length, count), 8.0 * stream.Length / sets.Length, Encode(sets.AsSpan(0, 1), count).Length,
            positions / encode.ProcessorMinimum * 1e3, positions / decode.ProcessorMinimum * 1e3);
    }

    private static object MeasureMask(int positions, double density, int repeats)
    {
        var layout = new ParameterLayout([new ParameterTensor("weight", ParameterKind.LinearWeight, [1, positions], 0, 1, 0)]);
        BitSet set = RandomSet(positions, (int)(density * positions), 0);
        var mask = new Mask(layout, [set]);
        int[] kept = set.ToPositions();
        int moved = kept.Length / 100;
        BitSet grown = RandomSet(positions, moved, 1).Except(set);
        var changed = new Mask(layout, [set.Except(BitSet.FromPositions(positions, kept.AsSpan(0, moved))).Or(grown)]);
        var context = new PayloadContext(layout, 0, mask);
        EncodedPayload encoded = new Payload(new MaskPart(mask)).Encode();
        int change = new Payload(new MaskChangePart(mask, changed)).Encode().Length;
        var encode = new Timings(repeats);
        encode.Measure(() => encoded = new Payload(new MaskPart(mask)).Encode());
        var decode = new Timings(repeats);
        decode.Measure(() => Payload.Decode(encoded.Bytes, context));
        Console.WriteLine($"| {positions} | {100 * density} % | {encoded.Length} | {(double)encoded.Length / mask.Count:F3} | {encode.ProcessorMinimum:F1} | {decode.ProcessorMinimum:F1} | {change} |");
        return new { positions, density, bytes = encoded.Length, encodeMilliseconds = encode.ProcessorMinimum, decodeMilliseconds = decode.ProcessorMinimum, changeBytes = change };
    }

    /// <summary>Encoding and decoding one mask: the benchmark's result.</summary>
    private static Timings RoundTrip(int positions, double density, int repeats)
    {
        var layout = new ParameterLayout([new ParameterTensor("weight", ParameterKind.LinearWeight, [1, positions], 0, 1, 0)]);
        var mask = new Mask(layout, [RandomSet(positions, (int)(density * positions), 0)]);
        var context = new PayloadContext(layout, 0, mask);
        var timings = new Timings(repeats);
        timings.Measure(() => Payload.Decode(new Payload(new MaskPart(mask)).Encode().Bytes, context));
        return timings;
    }

    private static byte[] Encode(ReadOnlySpan<BitSet> sets, int count)
    {
        var encoder = new RangeEncoder(sets.Length * IndexSetCodec.EstimateBytes(sets[0].Length, count));
        foreach (BitSet set in sets)
            IndexSetCodec.Encode(ref encoder, set.Words, set.Length, set.Count);
        return encoder.Finish();
    }

    /// <summary>log2 of the number of sets of this size.</summary>
    private static double BoundBits(int length, int count)
    {
        double nats = 0;
        for (int i = 1; i <= count; i++)
            nats += DeterministicMath.Log((double)(length - count + i) / i);
        return nats / DeterministicMath.Log(2);
    }

    private static BitSet RandomSet(int length, int count, int seed)
    {
        var random = new KeyedRandom(new RandomKey(7, RandomPurpose.Synthetic, Client: seed));
        ulong[] words = new ulong[BitSet.WordCount(length)];
        int wanted = count;
        for (int position = 0; position < length && wanted > 0; position++)
        {
            if (random.Next(length - position) >= wanted)
                continue;
            words[position >> 6] |= 1UL << (position & 63);
            wanted--;
        }

        return BitSet.FromWords(length, words);
    }

    private sealed record Row(int Length, double Density, double BoundBits, double CodedBits, int AloneBytes, double EncodeRate, double DecodeRate);
}
