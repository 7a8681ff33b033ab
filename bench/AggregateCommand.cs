using System.CommandLine;
using System.Numerics;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Protocol.Aggregation;

namespace Federated.Bench;

/// <summary>
/// Aggregation of many clients' updates into their exact weighted mean, against the speed at which the same threads can read the same buffers. The kept values of a model cross as one vector,
/// so an update is as many floats as the mask keeps: the first and the last prunable tensor and what is not prunable wholly, of the others the given share.
/// </summary>
internal static class AggregateCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Model, as the catalog names it.", DefaultValueFactory = _ => "resnet-18" };
        var density = new Option<double>("--density") { Description = "Kept share of the weights, 0…1.", DefaultValueFactory = _ => 0.01 };
        var updates = new Option<int>("--updates") { Description = "Clients' updates.", DefaultValueFactory = _ => 1000 };
        var threads = new Option<int>("--threads") { Description = "Threads, both of the aggregation and of the measurement of bandwidth.", DefaultValueFactory = _ => 1 };
        var repeats = new Option<int>("--repeats") { Description = "Timed passes after one untimed, each of the measurement of bandwidth, the aggregation at once and one by one.", DefaultValueFactory = _ => 9 };
        var command = new Command("aggregate", "Exact aggregation of many updates, against memory bandwidth.") { model, density, updates, threads, repeats };
        command.SetAction(result => Run(
            result.GetValue(model)!, result.GetValue(density), result.GetValue(updates), result.GetValue(threads), result.GetValue(repeats)));
        return command;
    }

    private static void Run(string model, double density, int updates, int threads, int repeats)
    {
        NetworkPlan plan = ModelCatalog.Create(model, new ModelInput(3, 32, 32, 10), 1);
        int length = KeptValues(plan.Parameters, density);
        Contribution[] contributions = Synthesize(plan, length, updates);
        double bytes = (double)length * updates * sizeof(float);
        Console.WriteLine($"{updates} updates of {length:N0} values, {bytes / 1e6:F0} MB, {threads} thread(s)");

        var read = new Timings(repeats);
        var atOnce = new Timings(repeats);
        var oneByOne = new Timings(repeats);
        float[] mean = [];
        float[] other = [];
        for (int i = -1; i < repeats; i++)
        {
            // In turn, so that what else the machine does falls on all alike.
            Sample reading = Sample.Of(() => ReadAll(contributions, threads));
            Sample adding = Sample.Of(() =>
            {
                var sum = new ExactSum(length);
                sum.AddMany(contributions, threads);
                mean = sum.Mean();
            });
            Sample single = Sample.Of(() =>
            {
                var sum = new ExactSum(length);
                foreach (Contribution contribution in contributions)
                    sum.Add(contribution.Values.Span, contribution.Weight);
                other = sum.Mean();
            });
            if (i < 0)
                continue;
            read.Add(reading);
            atOnce.Add(adding);
            oneByOne.Add(single);
        }

        if (!mean.AsSpan().SequenceEqual(other))
            throw new InvalidOperationException("Adding at once and one by one gave different means.");
        Print("reading", read, bytes);
        Print("aggregation at once", atOnce, bytes);
        Print("aggregation one by one, one thread", oneByOne, bytes);
        ResultLine.Write("aggregate", atOnce, threads, new
        {
            model = plan.Name,
            density,
            updates,
            values = length,
            bandwidth = Math.Round(bytes / read.Median / 1e6, 2),
            rate = Math.Round(bytes / atOnce.Median / 1e6, 2),
            share = Math.Round(read.Median / atOnce.Median, 3),
            shareOfProcessorMinima = Math.Round(read.ProcessorMinimum / atOnce.ProcessorMinimum, 3),
            shareOfMinima = Math.Round(read.Minimum / atOnce.Minimum, 3),
            oneByOneMedian = Math.Round(oneByOne.Median, 3),
        });
    }

    private static void Print(string what, Timings timings, double bytes) =>
        Console.WriteLine($"{what}: median {timings.Median:F2} ms ({bytes / timings.Median / 1e6:F1} GB/s of updates), {timings.Minimum:F2}…{timings.Maximum:F2} ms");

    private static int KeptValues(ParameterLayout layout, double density)
    {
        int[] prunable = [.. Enumerable.Range(0, layout.Tensors.Length).Where(i => layout.Tensors[i].IsPrunable)];
        int[] sparse = prunable.Length > 2 ? prunable[1..^1] : [];
        return layout.Tensors.Select((tensor, i) => sparse.Contains(i) ? Math.Max(1, (int)(density * tensor.Count)) : tensor.Count).Sum();
    }

    /// <summary>The model's initial values, and on top of them something of a client's own; weights like numbers of samples.</summary>
    private static Contribution[] Synthesize(NetworkPlan plan, int length, int updates)
    {
        float[] initial = Initialization.Values(plan, seed: 1);
        var contributions = new Contribution[updates];
        for (int client = 0; client < updates; client++)
        {
            var random = new KeyedRandom(new RandomKey(7, RandomPurpose.Synthetic, Client: client));
            float[] values = new float[length];
            for (int i = 0; i < length; i++)
                values[i] = initial[i] + (0.02f * (random.NextSingle() - 0.5f));
            contributions[client] = new Contribution(values, 20 + random.Next(1000), client);
        }

        return contributions;
    }

    /// <summary>Reads every value once, as fast as vectors of this machine can: eight independent sums, so that no addition waits for another.</summary>
    private static void ReadAll(Contribution[] contributions, int threads)
    {
        Parallel.For(0, contributions.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, client =>
        {
            if (float.IsNaN(Sum(contributions[client].Values.Span)))
                throw new InvalidOperationException("The updates hold a NaN.");
        });
    }

    private static float Sum(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = System.Runtime.InteropServices.MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        int i = 0;
        for (; i + 8 <= vectors.Length; i += 8)
        {
            a += vectors[i];
            b += vectors[i + 1];
            c += vectors[i + 2];
            d += vectors[i + 3];
            e += vectors[i + 4];
            f += vectors[i + 5];
            g += vectors[i + 6];
            h += vectors[i + 7];
        }

        for (; i < vectors.Length; i++)
            a += vectors[i];
        return Vector.Sum(a + b + (c + d) + (e + f + (g + h)));
    }
}
