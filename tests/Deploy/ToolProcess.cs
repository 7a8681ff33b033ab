using System.Diagnostics;

namespace Federated.Deploy.Tests;

/// <summary>Runs other programs to their end.</summary>
internal static class ToolProcess
{
    // None of what is run here takes more than seconds on an idle machine, but for the build of the program, which takes a minute; a busy machine has been seen to take ten.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    /// <summary>Whether there is a program of that name: a path, or something in the search path.</summary>
    public static bool Exists(string program)
    {
        string[] names = OperatingSystem.IsWindows() ? [program + ".exe", program + ".cmd", program] : [program];
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return names.Any(name => Path.IsPathRooted(name) ? File.Exists(name) : folders.Any(folder => File.Exists(Path.Combine(folder, name))));
    }

    /// <summary>Runs a program and gives what it wrote to its standard output.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds all that it said.</exception>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string folder, string? input = null)
    {
        string what = $"`{program} {string.Join(' ', arguments)}`";
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        using Process process = new() { StartInfo = start };
        process.Start();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input).WaitAsync(Limit);
            process.StandardInput.Close();
            await Task.WhenAll(output, error, process.WaitForExitAsync()).WaitAsync(Limit);
        }
        catch (TimeoutException exception)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{what} was still running after {Limit.TotalMinutes} minutes", exception);
        }

        string said = await output;
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{what} ended with code {process.ExitCode}\n--- output\n{said}\n--- error\n{await error}");
    }
}
