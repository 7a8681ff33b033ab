using Federated.Coordinator.Progress;
using Spectre.Console;

namespace Federated.Coordinator.Pretraining;

/// <summary>Chooses how a pre-training is shown, as <see cref="RunProgress"/> does for a run.</summary>
internal static class PretrainProgress
{
    /// <summary>The display for this process's standard output.</summary>
    /// <param name="json">One JSON object an epoch and the summary last, for programs.</param>
    /// <param name="time">Measures the training, to say how long is left.</param>
    public static IPretrainProgress ForConsole(bool json, TimeProvider time)
    {
        if (json)
            return new PretrainJsonProgress(Console.Out);
        IAnsiConsole? terminal = RunProgress.ForTerminal(Console.Out, !Console.IsOutputRedirected, Environment.GetEnvironmentVariable);
        return terminal is null ? new PretrainPlainProgress(Console.Out, time) : new PretrainTerminalProgress(terminal, Console.Out, time);
    }
}
