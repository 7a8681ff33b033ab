using System.Diagnostics;

namespace Federated.Methods.Data;

/// <summary>Runs programs of this machine, with messages in English and nothing to ask the user.</summary>
/// <param name="time">Measures the limit.</param>
public sealed class ProcessRunner(TimeProvider time) : IProcessRunner
{
    // The end of the output is where programs say why they failed.
    private const int KeptOutput = 4096;

    /// <inheritdoc/>
    public async Task<ProcessResult?> RunAsync(string program, IReadOnlyList<string> arguments, string workingFolder, TimeSpan limit, CancellationToken cancel)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = workingFolder };
        start.Environment["LC_ALL"] = "C";
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        return await ChildProcess.RunAsync(start, limit, time, EndOfAsync, cancel) is { } end ? new ProcessResult(end.ExitCode, end.Output + end.Error) : null;
    }

    private static async Task<string> EndOfAsync(StreamReader reader, CancellationToken cancel)
    {
        char[] buffer = new char[KeptOutput];
        string kept = "";
        int read;
        while ((read = await reader.ReadAsync(buffer, cancel)) > 0)
        {
            kept += new string(buffer, 0, read);
            kept = kept[Math.Max(0, kept.Length - KeptOutput)..];
        }

        return kept;
    }
}
