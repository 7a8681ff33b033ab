namespace Federated.Bench.Comparing;

/// <summary>What a finished program said.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Runs programs; a seam, so that tests need none.</summary>
internal interface ICommandRunner
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its result; null when there is no such program.</returns>
    /// <exception cref="ComparisonException">It did not end within the runner's limit.</exception>
    Task<CommandResult?> RunAsync(CommandLine command, CancellationToken cancel);
}
