namespace Federated.Methods.Data;

/// <summary>What a finished program left behind.</summary>
/// <param name="ExitCode">Its exit code; 0 is success.</param>
/// <param name="Output">The end of what it wrote to its standard output and error.</param>
public sealed record ProcessResult(int ExitCode, string Output);

/// <summary>Runs other programs; a seam, so that tests need none.</summary>
public interface IProcessRunner
{
    /// <summary>Runs a program to its end, without a shell and without input.</summary>
    /// <param name="program">Its name, looked up in the search path.</param>
    /// <param name="arguments">Its arguments, passed on as they are.</param>
    /// <param name="workingFolder">The folder it runs in.</param>
    /// <param name="limit">It is ended after this time.</param>
    /// <param name="cancel">It is ended when this is cancelled.</param>
    /// <returns>Its result; null when there is no such program.</returns>
    /// <exception cref="TimeoutException">It did not end within the limit.</exception>
    Task<ProcessResult?> RunAsync(string program, IReadOnlyList<string> arguments, string workingFolder, TimeSpan limit, CancellationToken cancel);
}
