using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace Federated.Interop;

/// <summary>A foreign peer in a process of its own. Every wait has a limit, and running into it tells what the process has said so far; disposing ends the process.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly string commandLine;
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private readonly Lock gate = new();
    private readonly StringBuilder said = new();

    /// <summary>Starts the process.</summary>
    public PeerProcess(ProcessStartInfo start)
    {
        commandLine = string.Join(' ', [start.FileName, .. start.ArgumentList]);
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data, isOutput: true);
        process.ErrorDataReceived += (_, line) => Keep(line.Data, isOutput: false);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Waits for a server to say its port.</summary>
    public async Task<int> PortAsync()
    {
        string line = await ReadLineAsync();
        return line.StartsWith("listening ", StringComparison.Ordinal) ? int.Parse(line["listening ".Length..]) : throw Unexpected(line);
    }

    /// <summary>Waits for the next line of output, which has to be this one.</summary>
    public async Task ExpectAsync(string expected)
    {
        string line = await ReadLineAsync();
        if (line != expected)
            throw Unexpected(line);
    }

    /// <summary>Writes a line to its standard input.</summary>
    public async Task TellAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line).WaitAsync(Limit);
        await process.StandardInput.FlushAsync().WaitAsync(Limit);
    }

    /// <summary>Waits for it to end well: with exit code 0.</summary>
    public async Task SucceedAsync()
    {
        await LimitAsync(process.WaitForExitAsync(), "to end");
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"`{commandLine}` ended with exit code {process.ExitCode}\n{Said}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync().WaitAsync(Limit);
        process.Dispose();
    }

    private string Said
    {
        get
        {
            lock (gate)
                return said.ToString();
        }
    }

    private async Task<string> ReadLineAsync()
    {
        Task<string> line = lines.Reader.ReadAsync().AsTask();
        try
        {
            await LimitAsync(line, "to write a line");
            return await line;
        }
        catch (ChannelClosedException exception)
        {
            throw new InvalidOperationException($"`{commandLine}` ended without the awaited line\n{Said}", exception);
        }
    }

    private async Task LimitAsync(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Limit);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"waited {Limit.TotalSeconds} s for `{commandLine}` {what}\n{Said}", exception);
        }
    }

    private InvalidOperationException Unexpected(string line) => new($"`{commandLine}` said `{line}`\n{Said}");

    private void Keep(string? line, bool isOutput)
    {
        if (line is null)
        {
            if (isOutput)
                lines.Writer.TryComplete();
            return;
        }

        lock (gate)
            said.Append(line).Append('\n');
        if (isOutput)
            lines.Writer.TryWrite(line);
    }
}
