using System.Collections.Immutable;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Federated.Coordinator.Progress;

/// <summary>For a terminal: a live display (see <see cref="LiveScreen"/>), drawn from state that the run only writes to.</summary>
internal sealed class TerminalProgress : IRunProgress
{
    private readonly TextWriter output;
    private readonly ProgressState state;
    private readonly LiveScreen display;
    private string? closing;
    private bool disposed;

    /// <summary>A display on <paramref name="console"/>, which writes to <paramref name="output"/>.</summary>
    public TerminalProgress(IAnsiConsole console, TextWriter output, TimeProvider time)
    {
        this.output = output;
        state = new ProgressState(time);
        display = new LiveScreen(console, output, time, View);
    }

    public void EarlierRounds(ImmutableArray<RoundRecord> rounds) => state.EarlierRounds(rounds);

    public void Notice(string text) => state.Notice(text);

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
        state.RunStarted(experiment, folder, workers, completedRounds);
        display.Start();
    }

    public void StepStarted(string description) => state.StepStarted(description);

    public void PhaseStarted(int round, string phase, int clients) => state.PhaseStarted(round, phase, clients);

    public void ClientProgress(int client, int done, int total) => state.ClientProgress(client, done, total);

    public void ClientFinished(int client) => state.ClientFinished(client);

    public void RoundCompleted(RoundRecord record) => state.RoundCompleted(record);

    public void RunFinished(RunSummary summary, bool interrupted)
    {
        state.StepStarted(interrupted ? "interrupted" : "finished");
        closing = ProgressView.WithoutControls(ProgressView.Closing(summary, interrupted));
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        await display.DisposeAsync();
        if (closing is not null)
            await this.output.WriteLineAsync(closing);
    }

    private IRenderable View(Profile profile) =>
        ProgressView.Render(state.Snapshot(ProgressView.BarsFor(profile.Height)), profile.Width, profile.Height, profile.Capabilities.Unicode);
}
