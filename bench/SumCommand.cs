using System.CommandLine;
using System.Text.Json;
using Federated.Engine.Randomness;
using Federated.Protocol.Aggregation;

namespace Federated.Bench;

/// <summary>Speed of exact sums; one thread.</summary>
internal static class SumCommand
{
    public static Command Create()
    {
        var repeats = new Option<int>("--repeats") { Description = "Timed passes after one untimed.", DefaultValueFactory = _ => 9 };
        var lengths = new Option<int[]>("--lengths") { Description = "Coordinates.", DefaultValueFactory = _ => [120_000, 11_000_000], AllowMultipleArgumentsPerToken = true };
        var command = new Command("sum", "Exact sums: adding a weighted float32 vector, merging two sums, the mean; processor time.") { repeats, lengths };
        command.SetAction(result => Run(result.GetValue(lengths)!, result.GetValue(repeats)));
        return command;
    }

    private static void Run(int[] lengths, int repeats)
    {
        var rows = new List<object>();
        foreach (int length in lengths)
        {
            var random = new KeyedRandom(new RandomKey(7, RandomPurpose.Synthetic));
            float[] values = new float[length];
            foreach (ref float value in values.AsSpan())
                value = (float)(0.05 * random.NextNormal());
            var sum = new ExactSum(length);
            var other = new ExactSum(length);
            other.Add(values, 3);
            var add = new Timings(repeats);
            add.Measure(() => sum.Add(values, 500));
            var merge = new Timings(repeats);
            merge.Measure(() => sum.Merge(other));
            var mean = new Timings(repeats);
            mean.Measure(() => sum.Mean());
            Console.WriteLine($"{length} coordinates: add {add.ProcessorMinimum:F2} ms, merge {merge.ProcessorMinimum:F2} ms, mean {mean.ProcessorMinimum:F2} ms of processor time; minima of {repeats}");
            rows.Add(new { length, addMilliseconds = add.ProcessorMinimum, mergeMilliseconds = merge.ProcessorMinimum, meanMilliseconds = mean.ProcessorMinimum });
        }

        Console.WriteLine(JsonSerializer.Serialize(new { benchmark = "sum", repeats, rows }));
    }
}
