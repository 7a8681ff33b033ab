using System.Collections.Immutable;
using System.Diagnostics;

namespace Federated.Coordinator.LocalFleet;

/// <summary>How to start a program: its file and the arguments that come before all others.</summary>
/// <param name="File">The file to start.</param>
/// <param name="Arguments">Arguments that are always given first.</param>
internal sealed record ProgramCommand(string File, ImmutableArray<string> Arguments)
{
    /// <summary>
    /// How this program is started, from the way it was: <c>dotnet X.dll</c> when the runtime's own starter runs it (as the launcher script does, or a test host that has it loaded),
    /// else the program's own file.
    /// </summary>
    /// <exception cref="InvalidOperationException">The system does not say which file this process runs.</exception>
    public static ProgramCommand OfThisProgram()
    {
        string process = Environment.ProcessPath ?? throw new InvalidOperationException("The system does not say which file this process runs, so no nodes can be started from it.");
        string assembly = typeof(ProgramCommand).Assembly.Location; // empty in a single file, which is then the process
        bool isRuntime = string.Equals(Path.GetFileNameWithoutExtension(process), "dotnet", StringComparison.OrdinalIgnoreCase);
        return isRuntime && assembly.Length > 0 ? new ProgramCommand(process, [assembly]) : new ProgramCommand(process, []);
    }

    /// <summary>Start information for the program with <paramref name="arguments"/>, its streams redirected.</summary>
    public ProcessStartInfo With(params IEnumerable<string> arguments) => new(this.File, [.. Arguments, .. arguments])
    {
        UseShellExecute = false,
        CreateNoWindow = true,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
}
