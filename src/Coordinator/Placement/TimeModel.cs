using System.Collections.Immutable;

namespace Federated.Coordinator.Placement;

/// <summary>
/// How long a node takes: seconds of one slot per operation, task by task, because a task's operations are counted by a formula and tasks differ in how far they are from it.
/// It begins with the speed that the node measured itself and learns from the lists that were counted. Immutable; part of a node's durable state.
/// </summary>
internal sealed record TimeModel
{
    /// <summary>One list moves the estimate by at most this factor: a moment in which the machine slept is no speed.</summary>
    private const double LargestStep = 2;

    /// <summary>Weight of a new observation once there are several; half of what is known is forgotten in about 2.4 lists.</summary>
    private const double Weight = 0.25;

    // From a microcontroller to a large accelerator: what a node says of itself, or does, beyond that is an error or a lie.
    private const double Slowest = 1e5;
    private const double Fastest = 1e15;
    private const double WhenUnknown = 1e9;

    /// <summary>Operations per second of one slot that the node measured when it registered.</summary>
    public double MeasuredOperationsPerSecond { get; init; } = WhenUnknown;

    /// <summary>What was learned, by task.</summary>
    public ImmutableSortedDictionary<string, TaskPace> Tasks { get; init; } = ImmutableSortedDictionary<string, TaskPace>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>The model of a node of which only its own measurement is known.</summary>
    public static TimeModel FromMeasurement(double operationsPerSecond) => new TimeModel().Measured(operationsPerSecond);

    /// <summary>The node registered again with a new measurement. What was learned stands, unless the machine has evidently changed: then it moves with the measurement.</summary>
    public TimeModel Measured(double operationsPerSecond)
    {
        double measured = double.IsFinite(operationsPerSecond) && operationsPerSecond > 0 ? Math.Clamp(operationsPerSecond, Slowest, Fastest) : WhenUnknown;
        double change = MeasuredOperationsPerSecond / measured;
        bool sameMachine = change is > 0.5 and < 2;
        return this with
        {
            MeasuredOperationsPerSecond = measured,
            Tasks = sameMachine ? Tasks : Tasks.ToImmutableSortedDictionary(task => task.Key, task => new TaskPace(Bound(task.Value.SecondsPerOperation * change), 1), StringComparer.Ordinal),
        };
    }

    /// <summary>Seconds of one slot per operation of <paramref name="task"/>. Of a task that the node never did: as in the task it did most, else as measured.</summary>
    public double SecondsPerOperation(string task)
    {
        if (Tasks.TryGetValue(task, out TaskPace pace))
            return pace.SecondsPerOperation;
        TaskPace best = new(1 / MeasuredOperationsPerSecond, 0);
        foreach (TaskPace other in Tasks.Values)
            best = other.Lists > best.Lists ? other : best;
        return best.SecondsPerOperation;
    }

    /// <summary>The model after a list of <paramref name="operations"/> took <paramref name="slotSeconds"/> seconds, summed over the slots that worked on it. What cannot be is ignored.</summary>
    public TimeModel Learn(string task, double operations, double slotSeconds)
    {
        if (!(operations > 0) || !(slotSeconds > 0) || !double.IsFinite(operations) || !double.IsFinite(slotSeconds))
            return this;
        double seen = Bound(slotSeconds / operations);
        TaskPace learned = new(seen, 1);
        if (Tasks.TryGetValue(task, out TaskPace known))
        {
            double bounded = Math.Clamp(seen, known.SecondsPerOperation / LargestStep, known.SecondsPerOperation * LargestStep);
            double weight = Math.Max(Weight, 1.0 / (known.Lists + 1));
            learned = new(known.SecondsPerOperation + (weight * (bounded - known.SecondsPerOperation)), known.Lists < int.MaxValue ? known.Lists + 1 : known.Lists);
        }

        return this with { Tasks = Tasks.SetItem(task, learned) };
    }

    private static double Bound(double secondsPerOperation) => Math.Clamp(secondsPerOperation, 1 / Fastest, 1 / Slowest);
}
