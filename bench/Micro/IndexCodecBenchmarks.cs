using BenchmarkDotNet.Attributes;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Protocol.Coding;

namespace Federated.Micro;

/// <summary>Coding of one set of a million positions.</summary>
public class IndexCodecBenchmarks
{
    private const int Length = 1_000_000;

    private BitSet set = BitSet.FromPositions(0, []);
    private byte[] coded = [];
    private ulong[] words = [];

    /// <summary>Share of the positions that are in the set.</summary>
    [Params(0.001, 0.01, 0.1)]
    public double Density { get; set; }

    /// <summary>Makes a random set.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] positions = [.. Enumerable.Range(0, Length)];
        new KeyedRandom(new RandomKey(7, RandomPurpose.Synthetic)).Shuffle<int>(positions);
        set = BitSet.FromPositions(Length, positions.AsSpan(0, (int)(Density * Length)));
        words = new ulong[BitSet.WordCount(Length)];
        coded = Encode();
    }

    /// <summary>From bits to bytes.</summary>
    [Benchmark]
    public byte[] Encode()
    {
        var encoder = new RangeEncoder(IndexSetCodec.EstimateBytes(Length, set.Count));
        IndexSetCodec.Encode(ref encoder, set.Words, Length, set.Count);
        return encoder.Finish();
    }

    /// <summary>From bytes to bits.</summary>
    [Benchmark]
    public ulong[] Decode()
    {
        words.AsSpan().Clear();
        var decoder = new RangeDecoder(coded, 0);
        IndexSetCodec.Decode(ref decoder, words, Length, set.Count);
        return words;
    }
}
