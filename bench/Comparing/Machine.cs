using System.Globalization;
using System.Runtime.InteropServices;

namespace Federated.Bench.Comparing;

/// <summary>Names the machine that measures.</summary>
internal static class Machine
{
    /// <summary>Processor, cores, memory and runtime, in one line.</summary>
    public static string Describe()
    {
        string[] information = File.Exists("/proc/cpuinfo") ? File.ReadAllLines("/proc/cpuinfo") : [];
        double gibibytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30);
        return $"{Processor(information)}, {Environment.ProcessorCount} cores, {gibibytes.ToString("0", CultureInfo.InvariantCulture)} GiB, {RuntimeInformation.FrameworkDescription}";
    }

    /// <summary>The processor's name as <c>lscpu</c> has it, with family and model: cloud machines give their processors no telling name.</summary>
    /// <param name="information">Lines of <c>/proc/cpuinfo</c>.</param>
    public static string Processor(IReadOnlyList<string> information)
    {
        string? name = Value(information, "model name");
        if (name is null)
            return RuntimeInformation.ProcessArchitecture.ToString();
        return Value(information, "cpu family") is { } family && Value(information, "model") is { } model ? $"{name} (family {family}, model {model})" : name;
    }

    /// <summary>Programs that want to run, on average over the last minute; null where the system does not say.</summary>
    public static double? Load()
        => File.Exists("/proc/loadavg") && double.TryParse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture, out double load) ? load : null;

    private static string? Value(IReadOnlyList<string> information, string key) => information
        .Select(static line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .FirstOrDefault(parts => parts.Length == 2 && parts[0] == key)?[1];
}
