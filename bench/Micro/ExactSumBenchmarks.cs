using BenchmarkDotNet.Attributes;
using Federated.Engine.Randomness;
using Federated.Protocol.Aggregation;

namespace Federated.Micro;

/// <summary>Exact sums of weighted vectors.</summary>
public class ExactSumBenchmarks
{
    private float[] values = [];
    private ExactSum sum = new(0);
    private ExactSum other = new(0);

    /// <summary>Coordinates: about the kept weights of ResNet-18 at density 1 %, and all of them.</summary>
    [Params(120_000, 11_000_000)]
    public int Coordinates { get; set; }

    /// <summary>Draws a vector.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new KeyedRandom(new RandomKey(7, RandomPurpose.Synthetic));
        values = new float[Coordinates];
        foreach (ref float value in values.AsSpan())
            value = (float)(0.05 * random.NextNormal());
        sum = new ExactSum(Coordinates);
        other = new ExactSum(Coordinates);
        other.Add(values, 3);
    }

    /// <summary>One client's contribution.</summary>
    [Benchmark]
    public void Add() => sum.Add(values, 500);

    /// <summary>Another partial sum.</summary>
    [Benchmark]
    public void Merge() => sum.Merge(other);

    /// <summary>The weighted mean, rounded once.</summary>
    [Benchmark]
    public float[] Mean() => other.Mean();
}
