using System.Diagnostics;

namespace Federated.Protocol.Faults;

/// <summary>
/// A named place in the program at which a test can make the process die, as <c>kill -9</c> would: nothing is flushed, no handler runs. Does nothing unless the environment
/// variable <see cref="Variable"/> names the place.
/// </summary>
public static class FaultPoint
{
    /// <summary>The environment variable: <c>name</c> of a place in <see cref="FaultPoints"/>, or <c>name:n</c> for the n-th time that it is reached.</summary>
    public const string Variable = "FEDERATED_FAULT";

    private static readonly FaultPlan? Plan = FaultPlan.Parse(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The program has come to the place <paramref name="point"/>. Ends the process if that is what was asked for; else costs one comparison.</summary>
    /// <param name="point">A constant of <see cref="FaultPoints"/>.</param>
    /// <exception cref="InvalidOperationException">The variable does not name a place: a test that never kills must not pass.</exception>
    public static void Reach(string point)
    {
        if (Plan is not null && Plan.IsDue(point))
            Die();
    }

    private static void Die()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill(); // SIGKILL
        using var never = new ManualResetEvent(initialState: false);
        never.WaitOne(); // the signal may reach another thread first: nothing behind this line may happen
    }
}
