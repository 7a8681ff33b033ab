namespace Federated.Bench.Comparing;

/// <summary>One program with its arguments that a comparison runs once in every round.</summary>
/// <param name="Name">Name within the comparison.</param>
/// <param name="IsPeer">A script of <c>bench/peers</c>, whose name is the first argument; otherwise a command of this program.</param>
/// <param name="Arguments">What it is started with, without the repeats.</param>
/// <param name="Repeats">Timed passes of one run.</param>
/// <param name="Threads">Threads of the work; it is pinned to as many cores.</param>
/// <param name="Variable">A variable that is set in its environment, written NAME=VALUE, or null.</param>
internal sealed record Subject(string Name, bool IsPeer, IReadOnlyList<string> Arguments, int Repeats, int Threads, string? Variable = null)
{
    /// <summary>The option that sets the passes.</summary>
    public string RepeatsOption { get; init; } = "--repeats";
}
