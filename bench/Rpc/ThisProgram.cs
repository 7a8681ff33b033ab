using System.Diagnostics;

namespace Federated.Bench;

/// <summary>This program in further processes.</summary>
internal static class ThisProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>What starts it again, as it was started.</summary>
    public static string[] CommandLine()
    {
        string host = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return isHost ? [host, Path.Combine(AppContext.BaseDirectory, "Federated.Bench.dll")] : [host];
    }

    /// <summary>Starts it with a command that goes on until its standard input is closed; what it has to say comes on standard output, errors go where this program's go.</summary>
    public static Process Start(params IReadOnlyList<string> arguments)
    {
        string[] own = CommandLine();
        return Process.Start(new ProcessStartInfo(own[0], [.. own[1..], .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
    }

    /// <summary>The next line that such a process writes.</summary>
    public static async Task<string> ReadLineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync().WaitAsync(Limit) ?? throw new InvalidOperationException("The other process of the benchmark ended early.");

    /// <summary>Ends such a process.</summary>
    public static void End(Process process)
    {
        process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    /// <summary>In such a process: says a line, then waits until the one that started it closes its standard input or is gone.</summary>
    public static async Task ServeAsync(string line)
    {
        await Console.Out.WriteLineAsync(line);
        await Console.Out.FlushAsync();
        while (await Console.In.ReadLineAsync() is not null)
        {
            // Nothing is said to it.
        }
    }
}
