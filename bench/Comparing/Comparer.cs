namespace Federated.Bench.Comparing;

/// <summary>Runs the subjects of comparisons in turn and reads their results.</summary>
/// <param name="runner">Starts programs.</param>
/// <param name="launcher">Makes their command lines.</param>
/// <param name="clock">Which times are compared.</param>
/// <param name="progress">Is told what is about to run.</param>
internal sealed class Comparer(ICommandRunner runner, Launcher launcher, Clock clock, Action<string> progress)
{
    /// <summary>Runs A B C A B C …, so that what slows the machine for a while slows all of them.</summary>
    /// <param name="comparison">The subjects.</param>
    /// <param name="rounds">How often each of them runs.</param>
    /// <param name="cancel">Ends the program that is running.</param>
    /// <exception cref="ComparisonException">A program failed or said something else than a result.</exception>
    public async Task<Rounds> RunAsync(Comparison comparison, int rounds, CancellationToken cancel)
    {
        var results = new Rounds(clock);
        for (int round = 1; round <= rounds; round++)
        {
            foreach (Subject subject in comparison.Subjects)
            {
                progress($"{comparison.Name}, round {round} of {rounds}: {subject.Name}");
                results.Add(subject.Name, Measurement.Parse(await OutputOf(launcher.Of(subject), cancel)));
            }

            results.RequireSameNetworks();
        }

        return results;
    }

    /// <summary>Checks that programs can be pinned and, where peers take part, that they find what they need.</summary>
    /// <exception cref="ComparisonException">Something is missing; it is marked so.</exception>
    public async Task RequireProgramsAsync(IEnumerable<Comparison> comparisons, string python, CancellationToken cancel)
    {
        IEnumerable<Prerequisite?> needed = comparisons.SelectMany(static comparison => comparison.Subjects).Select(subject => Prerequisite.Of(subject, python));
        foreach (Prerequisite? prerequisite in needed.Prepend(Prerequisite.Taskset).DistinctBy(static one => one?.Remedy))
        {
            if (prerequisite is not null && await runner.RunAsync(new CommandLine(prerequisite.Program, prerequisite.Arguments, []), cancel) is not { ExitCode: 0 })
                throw new ComparisonException(prerequisite.Remedy, isMissing: true);
        }
    }

    private async Task<string> OutputOf(CommandLine command, CancellationToken cancel)
    {
        CommandResult? result = await runner.RunAsync(command, cancel);
        if (result is null)
            throw new ComparisonException($"there is no program {command.Program}.", isMissing: true);
        if (result.ExitCode != 0)
            throw new ComparisonException($"`{command}` ended with exit code {result.ExitCode}: {LastLine(result.Error)}");
        return result.Output;
    }

    private static string LastLine(string text) => text.TrimEnd().Split('\n')[^1];
}
