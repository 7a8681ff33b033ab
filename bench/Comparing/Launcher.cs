namespace Federated.Bench.Comparing;

/// <summary>Makes command lines of subjects: pinned to cores, with the numerical libraries told the number of threads.</summary>
/// <param name="own">What starts this program.</param>
/// <param name="python">The interpreter of the peers.</param>
/// <param name="cores">The cores that may be used, ascending.</param>
/// <param name="repeats">Timed passes instead of a subject's own, or null.</param>
internal sealed class Launcher(IReadOnlyList<string> own, string python, IReadOnlyList<int> cores, int? repeats)
{
    /// <summary>The command line of a subject.</summary>
    /// <exception cref="ComparisonException">There are fewer cores than it has threads.</exception>
    public CommandLine Of(Subject subject)
    {
        string[] program = subject.IsPeer
            ? [Interpreter(subject), "bench/peers/" + subject.Arguments[0], .. subject.Arguments.Skip(1)]
            : [.. own, .. subject.Arguments];
        return new CommandLine("taskset", ["-c", Cores(subject), .. program, subject.RepeatsOption, $"{repeats ?? subject.Repeats}"], Environment(subject));
    }

    /// <summary>The command line as a reader would type it, where <c>bench</c> stands for whatever starts this program.</summary>
    public string Describe(Subject subject)
    {
        string variable = subject.Variable is null ? "" : subject.Variable + " ";
        string program = subject.IsPeer ? $"{Interpreter(subject)} bench/peers/" : "bench ";
        return $"{variable}taskset -c {Cores(subject)} {program}{string.Join(' ', subject.Arguments)} {subject.RepeatsOption} {repeats ?? subject.Repeats}";
    }

    private string Interpreter(Subject subject) => subject.Arguments[0].EndsWith(".js", StringComparison.Ordinal) ? "node" : python;

    // The last cores: the first has more of the machine's own work to do.
    private string Cores(Subject subject) => subject.Threads <= cores.Count
        ? string.Join(',', cores.Skip(cores.Count - subject.Threads))
        : throw new ComparisonException($"{subject.Name} runs on {subject.Threads} threads and has {cores.Count} cores: give more with --cores.");

    private static (string Name, string Value)[] Environment(Subject subject)
    {
        List<(string, string)> variables = [("OMP_NUM_THREADS", $"{subject.Threads}"), ("OPENBLAS_NUM_THREADS", $"{subject.Threads}")];
        if (subject.Variable?.Split('=') is [string name, string value])
            variables.Add((name, value));
        return [.. variables];
    }
}
