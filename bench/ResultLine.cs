using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Federated.Bench;

/// <summary>The last line of a benchmark's output: one JSON object whose common part is the same for all of them.</summary>
internal static class ResultLine
{
    /// <summary>Writes the line: the benchmark's name, what describes it, then the times and the peak of the process's resident memory.</summary>
    /// <param name="benchmark">Name of the command.</param>
    /// <param name="timings">What was timed, in milliseconds.</param>
    /// <param name="threads">Threads that did the work.</param>
    /// <param name="details">An object whose properties stand beside the times.</param>
    public static void Write(string benchmark, Timings timings, int threads, object details)
    {
        var line = new JsonObject { ["benchmark"] = benchmark, ["threads"] = threads, ["repeats"] = timings.Count };
        foreach ((string name, JsonNode? value) in JsonSerializer.SerializeToNode(details, JsonSerializerOptions.Web)!.AsObject())
            line[name] = value?.DeepClone();
        line["median"] = Rounded(timings.Median);
        line["minimum"] = Rounded(timings.Minimum);
        line["lowerQuartile"] = Rounded(timings.LowerQuartile);
        line["upperQuartile"] = Rounded(timings.UpperQuartile);
        line["maximum"] = Rounded(timings.Maximum);
        line["processorMedian"] = Rounded(timings.ProcessorMedian);
        line["processorMinimum"] = Rounded(timings.ProcessorMinimum);
        line["unit"] = "ms";
        line["peakResidentBytes"] = PeakResidentBytes();
        Console.WriteLine(line.ToJsonString());
    }

    /// <summary>The most memory that this process has had in use at once, its runtime and set-up included.</summary>
    public static long PeakResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private static double Rounded(double milliseconds) => Math.Round(milliseconds, 5);
}
