using Federated.Coordinator.Progress;
using Federated.Protocol.V1;

namespace Federated.Coordinator.CommandLine;

/// <summary>Shows a run of a coordinator as if it ran here, and goes on when the coordinator comes back after it was lost.</summary>
/// <param name="client">The coordinator.</param>
/// <param name="progress">The display.</param>
/// <param name="time">Measures the pauses between attempts to come back.</param>
internal sealed class RunWatch(IRunsClient client, IRunProgress progress, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly RunEventReplay replay = new(progress, static text => Vocabulary.Reader.Parse(text, "the run's experiment", []));

    /// <summary>Watches to the end of the run.</summary>
    /// <returns>The exit code that says how the run ended.</returns>
    /// <exception cref="CoordinatorException">The run is unknown, or the coordinator refuses.</exception>
    /// <exception cref="CoordinatorLostException">The coordinator never answered.</exception>
    /// <exception cref="RunEventException">The coordinator's release is another.</exception>
    public async Task<int> ToEndAsync(string run, CancellationToken cancel)
    {
        bool heardOnce = false;
        TimeSpan pause = FirstPause;
        while (true)
        {
            bool heardNow = false;
            try
            {
                await foreach (RunEvent happened in client.WatchAsync(run, cancel))
                {
                    replay.Apply(happened);
                    heardNow = heardOnce = true;
                    if (replay.IsOver)
                        return Verdict();
                }
            }
            catch (CoordinatorLostException) when (heardOnce)
            {
                // It was there and will be there again; what is under way there goes on or is continued.
            }

            pause = heardNow ? FirstPause : pause * 2;
            if (heardNow)
                progress.Notice("the coordinator has gone; waiting for it to come back");
            await Task.Delay(pause < LongestPause ? pause : LongestPause, time, cancel);
        }
    }

    private int Verdict()
    {
        if (replay.Outcome is { Status: RunStatus.Failed } failed)
            throw new CoordinatorException(ExitCode.Failure, $"the run {failed.Run} failed: {failed.Error}");
        if (replay.Outcome is { Status: RunStatus.Stopped } stopped)
        {
            progress.Notice($"{stopped.Run} was stopped after round {stopped.RoundsCompleted} of {stopped.Rounds}; submitting it again continues it");
            return ExitCode.Interrupted;
        }

        return ExitCode.Success;
    }
}
