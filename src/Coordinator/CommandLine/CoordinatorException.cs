namespace Federated.Coordinator.CommandLine;

/// <summary>A coordinator cannot be reached, refuses, or does not know what it was asked for. The message names the cause and the way out.</summary>
internal sealed class CoordinatorException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the program ends with; see <see cref="CommandLine.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
