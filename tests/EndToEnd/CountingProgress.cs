using System.Collections.Immutable;
using System.Threading.Channels;
using Federated.Coordinator.Progress;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;

namespace Federated.EndToEnd;

/// <summary>Hears a run like a display does and hands on each thing that happened, so that a test can act at the n-th of them.</summary>
internal sealed class CountingProgress : IRunProgress
{
    private readonly Channel<string> happened = Channel.CreateUnbounded<string>();

    /// <summary>What happened, in order: phases, answers of clients, rounds.</summary>
    public ChannelReader<string> Happened => happened.Reader;

    /// <summary>Nothing more will happen.</summary>
    public void End() => happened.Writer.TryComplete();

    public void PhaseStarted(int round, string phase, int clients) => happened.Writer.TryWrite($"round {round}: {phase}");

    public void ClientFinished(int client) => happened.Writer.TryWrite($"client {client}");

    public void RoundCompleted(RoundRecord record) => happened.Writer.TryWrite($"round {record.Round}");

    public void EarlierRounds(ImmutableArray<RoundRecord> rounds)
    {
    }

    public void Notice(string text)
    {
    }

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
    }

    public void StepStarted(string description)
    {
    }

    public void ClientProgress(int client, int done, int total)
    {
    }

    public void RunFinished(RunSummary summary, bool interrupted)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
