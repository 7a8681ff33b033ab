namespace Federated.Methods.Experiments;

/// <summary>An experiment file, or a <c>--set</c> on top of it, cannot be used. The message is one line: place, key, what is wrong, the way out.</summary>
public sealed class ExperimentFileException : Exception
{
    /// <summary>A problem at a place.</summary>
    /// <param name="position">Where it is.</param>
    /// <param name="keyPath">The key, as <c>training.optimizer.kind</c>; empty when the file as a whole is meant.</param>
    /// <param name="problem">What is wrong, without a full stop.</param>
    /// <param name="remedy">The way out, such as the nearest valid choice, without a full stop; or null.</param>
    /// <param name="inner">The cause, if another exception is.</param>
    public ExperimentFileException(SourcePosition position, string keyPath, string problem, string? remedy = null, Exception? inner = null)
        : base(Compose(position, keyPath, problem, remedy), inner)
    {
        Position = position;
        KeyPath = keyPath;
        Problem = problem;
        Remedy = remedy;
    }

    /// <summary>Where the problem is.</summary>
    public SourcePosition Position { get; }

    /// <summary>The key, as <c>training.optimizer.kind</c>, or empty.</summary>
    public string KeyPath { get; }

    /// <summary>What is wrong.</summary>
    public string Problem { get; }

    /// <summary>The way out, or null.</summary>
    public string? Remedy { get; }

    private static string Compose(SourcePosition position, string keyPath, string problem, string? remedy)
    {
        string key = keyPath.Length == 0 ? "" : $"{keyPath}: ";
        string wayOut = remedy is null ? "" : $"; {remedy}";
        return $"{position}: {key}{problem}{wayOut}";
    }
}
