using System.CommandLine;
using System.Globalization;

namespace Federated.Bench.Comparing;

/// <summary>
/// Runs this program's benchmarks in turn with their PyTorch peers, each in a process of its own and pinned to the same cores, and writes the tables of ratios. Exit code 0:
/// all comparisons were made, whether or not they reach their targets; 1: one failed; 2: something is missing.
/// </summary>
internal static class CompareCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static Command Create(TimeProvider time)
    {
        var only = new Option<string[]>("--only") { Description = "Comparisons to make: " + string.Join(", ", Names) + ".", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong([.. Names]);
        var pairs = new Option<int>("--pairs") { Description = "How often each program runs.", DefaultValueFactory = _ => 5 };
        pairs.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--pairs: at least one.");
        });
        var repeats = new Option<int?>("--repeats") { Description = "Timed passes of each run, instead of each program's own number." };
        var quick = new Option<bool>("--quick") { Description = "One run of each with one timed pass: only to see that everything works." };
        var clock = new Option<Clock>("--clock") { Description = "Times that are compared; Processor is steadier on a busy machine, and wrong for two threads." };
        var cores = new Option<int[]>("--cores")
        {
            Description = "Cores to pin to; n threads get the last n (default: all).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. Enumerable.Range(0, Environment.ProcessorCount)],
        };
        var python = new Option<string>("--python") { Description = "Interpreter of the peers.", DefaultValueFactory = _ => "/usr/bin/python3" };
        var date = new Option<DateOnly?>("--date") { Description = "Day that the tables name (default: today)." };
        var document = new Option<FileInfo?>("--document") { Description = "Markdown file whose marked sections are rewritten; without it the tables are only printed." };
        var command = new Command("compare", "All benchmarks in turn with their PyTorch peers: tables of ratios against targets.")
        {
            only, pairs, repeats, quick, clock, cores, python, date, document,
        };
        command.SetAction((result, cancel) =>
        {
            bool isQuick = result.GetValue(quick);
            var launcher = new Launcher(ThisProgram.CommandLine(), result.GetValue(python)!, [.. result.GetValue(cores)!.Order()], isQuick ? 1 : result.GetValue(repeats));
            var comparer = new Comparer(
                new ProcessCommandRunner(RepositoryRoot(), Limit, time), launcher, result.GetValue(clock), static step => Console.Error.WriteLine(step));
            DateOnly day = result.GetValue(date) ?? DateOnly.FromDateTime(time.GetLocalNow().DateTime);
            string[] names = result.GetValue(only) is { Length: > 0 } some ? some : [.. Names];
            var request = new Request([.. ComparisonCatalog.All.Where(c => names.Contains(c.Name))], isQuick ? 1 : result.GetValue(pairs), day, result.GetValue(document));
            return RunAsync(comparer, launcher, request, result.GetValue(python)!, cancel);
        });
        return command;
    }

    private static IEnumerable<string> Names => ComparisonCatalog.All.Select(static comparison => comparison.Name);

    private static async Task<int> RunAsync(Comparer comparer, Launcher launcher, Request request, string python, CancellationToken cancel)
    {
        int failed = 0;
        int missed = 0;
        try
        {
            await comparer.RequireProgramsAsync(request.Comparisons, python, cancel);
        }
        catch (ComparisonException problem)
        {
            await Console.Error.WriteLineAsync(problem.Message);
            return 2;
        }

        if (Machine.Load() is > 0.5 and double load)
            await Console.Error.WriteLineAsync($"The machine is not idle (load {load}): times by the wall clock will not be right.");
        string circumstances = $"{request.Date.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}, {Machine.Describe()}";
        foreach (Comparison comparison in request.Comparisons)
        {
            try
            {
                Rounds rounds = await comparer.RunAsync(comparison, request.Pairs, cancel);
                string section = Section.Write(comparison, rounds, request.Pairs, circumstances, comparison.Subjects.Select(launcher.Describe));
                missed += Section.CountMissed(comparison, rounds);
                await Console.Out.WriteLineAsync($"## {comparison.Name}\n\n{section}");
                // After each comparison: what was measured stands, even if a later one fails or is interrupted.
                if (request.Document is { } document)
                    await File.WriteAllTextAsync(document.FullName, MarkedDocument.Replace(await File.ReadAllTextAsync(document.FullName, cancel), comparison.Name, section), cancel);
            }
            catch (ComparisonException problem)
            {
                await Console.Error.WriteLineAsync($"{comparison.Name} failed: {problem.Message}");
                failed++;
            }
        }

        await Console.Out.WriteLineAsync($"{request.Comparisons.Count - failed} comparisons made, {failed} failed, {missed} targets missed");
        return failed == 0 ? 0 : 1;
    }

    private static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, "bench", "peers")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"There is no bench/peers above {AppContext.BaseDirectory}.");
    }

    private sealed record Request(IReadOnlyList<Comparison> Comparisons, int Pairs, DateOnly Date, FileInfo? Document);
}
