using System.Text.Json;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Engine.Storage;
using Federated.TestKit;

namespace Federated.Engine.Tests.Golden;

/// <summary>
/// A model of <c>tests/golden/networks.safetensors</c>. Weights, mask, images and labels are drawn here from the same keyed streams as in
/// <c>make_networks.py</c>, which describes them; only PyTorch's results are stored.
/// </summary>
internal sealed class NetworkCase
{
    private static readonly SafeTensorsFile Fixture = SafeTensorsFile.Read(Path.Combine(GoldenFile.RepositoryRoot, "tests/golden/networks.safetensors"));

    private readonly JsonElement description;

    public NetworkCase(string name)
    {
        Name = name;
        description = JsonDocument.Parse(Fixture.Metadata[name]).RootElement;
        Parameters = [.. description.GetProperty("parameters").EnumerateArray().Select(static p => new Parameter(
            p.GetProperty("name").GetString()!,
            [.. p.GetProperty("shape").EnumerateArray().Select(static d => d.GetInt32())],
            p.GetProperty("samples").GetInt32()))];
        StatisticsNames = [.. description.GetProperty("statistics").EnumerateArray().Select(static s => s.GetString()!)];
    }

    public string Name { get; }

    /// <summary>PyTorch's parameters in its order, and how many values of each are in the samples.</summary>
    public Parameter[] Parameters { get; }

    public string[] StatisticsNames { get; }

    public int Steps => description.GetProperty("steps").GetInt32();

    public int Batch => description.GetProperty("batch").GetInt32();

    public int Batches => description.GetProperty("batches").GetInt32();

    public float Rate => (float)description.GetProperty("rate").GetDouble();

    public float Momentum => (float)description.GetProperty("momentum").GetDouble();

    public float WeightDecay => (float)description.GetProperty("decay").GetDouble();

    private ulong Seed => description.GetProperty("seed").GetUInt64();

    /// <summary>A result in double precision.</summary>
    public double[] Exact(string result) => Fixture[$"{Name}.{result}64"].ToDoubles();

    /// <summary>How far PyTorch's single precision is from its double precision, the worst of four orders of summation: root mean square and largest.</summary>
    public (double RootMeanSquare, double Largest) SinglePrecisionError(string result)
    {
        double[] error = Fixture[$"{Name}.{result}.error32"].ToDoubles();
        return (error[0], error[1]);
    }

    /// <summary>Initial values of all coordinates, in the engine's order.</summary>
    public float[] InitialValues(ParameterLayout layout)
    {
        float[] dense = new float[layout.Count];
        for (int t = 0; t < Parameters.Length; t++)
        {
            ParameterTensor tensor = layout.Tensors[layout.IndexOf(Parameters[t].Name)];
            (double middle, double bound) = tensor.Kind switch
            {
                ParameterKind.ConvolutionWeight or ParameterKind.LinearWeight => (0, Math.Sqrt(6.0 / tensor.FanIn)),
                ParameterKind.NormalizationScale => (1, 0.2),
                _ => (0.0, 0.1),
            };
            Draw(dense.AsSpan(tensor.Offset, tensor.Count), middle, bound, new RandomKey(Seed, RandomPurpose.Initialization, Client: t));
        }

        return dense;
    }

    /// <summary>Half of the first and of the last layer's weights, the case's density of the others.</summary>
    public Mask Mask(ParameterLayout layout)
    {
        var sets = new BitSet?[layout.Tensors.Length];
        int[] prunable = [.. Enumerable.Range(0, Parameters.Length).Where(t => layout.Tensors[layout.IndexOf(Parameters[t].Name)].IsPrunable)];
        foreach (int t in prunable)
        {
            double density = t == prunable[0] || t == prunable[^1] ? 0.5 : description.GetProperty("density").GetDouble();
            int tensor = layout.IndexOf(Parameters[t].Name);
            var random = new KeyedRandom(new RandomKey(Seed, RandomPurpose.PruningScore, Client: t));
            var kept = new List<int>();
            for (int i = 0; i < layout.Tensors[tensor].Count; i++)
            {
                if (random.NextSingle() < density)
                    kept.Add(i);
            }

            sets[tensor] = BitSet.FromPositions(layout.Tensors[tensor].Count, [.. kept]);
        }

        return new Mask(layout, sets);
    }

    /// <summary>Puts batch <paramref name="number"/> into the network and returns its labels.</summary>
    public int[] LoadBatch(Network network, int number)
    {
        float[] image = new float[network.Plan.InputCount];
        for (int i = 0; i < Batch; i++)
        {
            Draw(image, 0, 1.7, new RandomKey(Seed, RandomPurpose.Synthetic, Client: i, Step: number));
            network.SetImage(i, image);
        }

        var random = new KeyedRandom(new RandomKey(Seed, RandomPurpose.Synthetic, Client: 1000, Step: number));
        int[] labels = new int[Batch];
        for (int i = 0; i < Batch; i++)
            labels[i] = (int)(random.NextSingle() * 10.0);
        return labels;
    }

    /// <summary>The values at the fixture's sampled coordinates, tensor by tensor in PyTorch's order.</summary>
    public double[] Sample(ParameterLayout layout, ReadOnlySpan<float> dense)
    {
        ReadOnlySpan<byte> positions = Fixture[$"{Name}.samples"].Data.Span;
        var sampled = new List<double>();
        foreach (Parameter parameter in Parameters)
        {
            int offset = layout.Tensors[layout.IndexOf(parameter.Name)].Offset;
            for (int i = 0; i < parameter.Samples; i++)
            {
                sampled.Add(dense[offset + BitConverter.ToInt32(positions)]);
                positions = positions[sizeof(int)..];
            }
        }

        return [.. sampled];
    }

    /// <summary>Every (channels/16)-th running statistic, in PyTorch's order.</summary>
    public double[] SampleStatistics(Network network)
    {
        var sampled = new List<double>();
        foreach (string name in StatisticsNames)
        {
            StatisticsTensor tensor = network.Plan.Statistics.Tensors.Single(t => t.Name == name);
            for (int i = 0; i < tensor.Count; i += Math.Max(1, tensor.Count / 16))
                sampled.Add(network.Statistics[tensor.Offset + i]);
        }

        return [.. sampled];
    }

    private static void Draw(Span<float> values, double middle, double bound, RandomKey key)
    {
        var random = new KeyedRandom(key);
        foreach (ref float value in values)
            value = (float)(middle + (bound * ((2 * (double)random.NextSingle()) - 1)));
    }

    /// <summary>A parameter as PyTorch has it.</summary>
    public sealed record Parameter(string Name, int[] Shape, int Samples);
}
