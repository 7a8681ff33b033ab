using Federated.Bench.Comparing;
using Xunit;

namespace Federated.Bench.Tests.Comparing;

public sealed class ComparerTests
{
    private static readonly Subject Ours = new("ours", IsPeer: false, ["train-step", "--density", "0.01"], Repeats: 9, Threads: 1);
    private static readonly Subject Peer = new("peer", IsPeer: true, ["train_step.py", "--threads", "2"], Repeats: 3, Threads: 2, "SWITCH=0");
    private static readonly Comparison Both = new("both", [Peer, Ours], [new("speed", new SpeedUp("ours", "peer"), Target.AtLeast(2))]);

    [Fact]
    public async Task RunsInAlternationAndPinned()
    {
        var runner = new FakeRunner([("train_step.py", Line(100, "ms")), ("train-step", Line(40, "ms")), ("train_step.py", Line(90, "ms")), ("train-step", Line(20, "ms"))]);
        Rounds rounds = await Comparer(runner).RunAsync(Both, 2, CancellationToken.None);
        Assert.Equal(
            [
                "OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 SWITCH=0 taskset -c 2,3 python bench/peers/train_step.py --threads 2 --repeats 3",
                "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 taskset -c 3 dotnet bench.dll train-step --density 0.01 --repeats 9",
                "OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 SWITCH=0 taskset -c 2,3 python bench/peers/train_step.py --threads 2 --repeats 3",
                "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 taskset -c 3 dotnet bench.dll train-step --density 0.01 --repeats 9",
            ],
            runner.Started);

        // Medians 95 and 30; pairs 100/40 and 90/20.
        Figure figure = Both.Rows[0].Quantity.Evaluate(rounds);
        Assert.Equal(Medians(1 / 40.0, 1 / 20.0) / Medians(1 / 100.0, 1 / 90.0), figure.Value, 12);
        Assert.Equal(2.5, figure.Least, 12);
        Assert.Equal(4.5, figure.Greatest, 12);
        Assert.Equal(("30.0 ms", "95.0 ms"), (figure.Own, figure.Reference));
    }

    [Fact]
    public async Task AFailedProgramIsNamedWithItsLastWords()
    {
        var runner = new FakeRunner([("train_step.py", new CommandResult(1, "", "Traceback\nMemoryError\n"))]);
        ComparisonException problem = await Assert.ThrowsAsync<ComparisonException>(() => Comparer(runner).RunAsync(Both, 1, CancellationToken.None));
        Assert.Contains("train_step.py", problem.Message, StringComparison.Ordinal);
        Assert.EndsWith("MemoryError", problem.Message, StringComparison.Ordinal);
        Assert.False(problem.IsMissing);
    }

    [Fact]
    public async Task TwoNetworksAreNotCompared()
    {
        var runner = new FakeRunner([("train_step.py", Line(1, "ms", parameters: 7850)), ("train-step", Line(1, "ms", parameters: 7840))]);
        ComparisonException problem = await Assert.ThrowsAsync<ComparisonException>(() => Comparer(runner).RunAsync(Both, 1, CancellationToken.None));
        Assert.Contains("7,850", problem.Message, StringComparison.Ordinal);
        Assert.Contains("7,840", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingPyTorchIsToldBeforeAnythingRuns()
    {
        var runner = new FakeRunner([("--version", new CommandResult(0, "", "")), ("import torch", new CommandResult(1, "", "ModuleNotFoundError"))]);
        ComparisonException problem = await Assert.ThrowsAsync<ComparisonException>(() => Comparer(runner).RequireProgramsAsync([Both], "python", CancellationToken.None));
        Assert.True(problem.IsMissing);
        Assert.Contains("python3-torch", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoPyTorchIsNeededWithoutPeers()
    {
        var runner = new FakeRunner([("--version", new CommandResult(0, "", ""))]);
        await Comparer(runner).RequireProgramsAsync([Both with { Subjects = [Ours] }], "python", CancellationToken.None);
        Assert.Single(runner.Started);
    }

    [Fact]
    public async Task ThreadsNeedCores()
    {
        var launcher = new Launcher(["bench"], "python", [0], repeats: null);
        var comparer = new Comparer(new FakeRunner([]), launcher, Clock.Wall, static _ => { });
        ComparisonException problem = await Assert.ThrowsAsync<ComparisonException>(() => comparer.RunAsync(Both, 1, CancellationToken.None));
        Assert.Contains("--cores", problem.Message, StringComparison.Ordinal);
    }

    private static double Medians(double a, double b) => (a + b) / 2;

    private static Comparer Comparer(FakeRunner runner)
        => new(runner, new Launcher(["dotnet", "bench.dll"], "python", [0, 1, 2, 3], repeats: null), Clock.Wall, static _ => { });

    private static CommandResult Line(double median, string unit, int parameters = 10)
        => new(0, $"text\n{{\"median\":{median},\"unit\":\"{unit}\",\"parameters\":{parameters}}}\n", "");

    /// <summary>Answers from a script, whose entries name a part of the expected command line.</summary>
    private sealed class FakeRunner(IEnumerable<(string Part, CommandResult Result)> script) : ICommandRunner
    {
        private readonly Queue<(string Part, CommandResult Result)> script = new(script);

        public List<string> Started { get; } = [];

        public Task<CommandResult?> RunAsync(CommandLine command, CancellationToken cancel)
        {
            Started.Add(command.ToString());
            (string part, CommandResult result) = script.Dequeue();
            Assert.Contains(part, command.ToString(), StringComparison.Ordinal);
            return Task.FromResult<CommandResult?>(result);
        }
    }
}
