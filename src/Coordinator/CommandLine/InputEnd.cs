namespace Federated.Coordinator.CommandLine;

/// <summary>
/// Ends a process with its standard input: a pipe to the process that started it ends with that one, however it ends. Nothing is asked of the system that is not the same on all of
/// them.
/// </summary>
internal static class InputEnd
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>Cancelled when the input ends; a process that is still there a moment later is ended.</summary>
    public static CancellationTokenSource Watch(TimeProvider time)
    {
        CancellationTokenSource ended = new();
        Thread reader = new(() =>
        {
            ReadToEnd();
            using ITimer limit = time.CreateTimer(static _ => Environment.Exit(ExitCode.Interrupted), null, Limit, Timeout.InfiniteTimeSpan);
            ended.Cancel();
            Thread.CurrentThread.Join(); // for ever: the timer has to live as long as the process
        })
        {
            IsBackground = true,
            Name = "input end",
        };
        reader.Start();
        return ended;
    }

    private static void ReadToEnd()
    {
        try
        {
            using Stream input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[64];
            while (input.Read(ignored) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A pipe that cannot be read any more has ended.
        }
    }
}
