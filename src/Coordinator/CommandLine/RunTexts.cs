using Federated.Coordinator.Reports;
using Federated.Protocol.V1;

namespace Federated.Coordinator.CommandLine;

/// <summary>Runs and nodes of a coordinator in words.</summary>
internal static class RunTexts
{
    /// <summary>One word for a status, the same in tables and in JSON.</summary>
    public static string Word(RunStatus status) => status switch
    {
        RunStatus.Queued => "queued",
        RunStatus.Running => "running",
        RunStatus.Finished => "finished",
        RunStatus.Stopped => "stopped",
        RunStatus.Failed => "failed",
        _ => "unknown",
    };

    /// <summary>Where a run stands, as the end of a sentence that begins with its name.</summary>
    public static string State(RunInfo run) => run.Status switch
    {
        RunStatus.Queued => "queued",
        RunStatus.Running => $"running, {Rounds(run)} rounds complete",
        RunStatus.Finished => $"finished after {run.Rounds} rounds{Accuracy(run)}",
        RunStatus.Stopped => $"stopped after round {run.RoundsCompleted} of {run.Rounds}{Accuracy(run)}",
        RunStatus.Failed => $"failed: {run.Error}",
        _ => "in a state that this release does not know",
    };

    /// <summary>The rows of the table of runs, with a heading.</summary>
    public static List<string[]> Table(IEnumerable<RunInfo> runs) =>
    [
        ["run", "method", "status", "rounds", "accuracy", "up", "down", "submitted"],
        .. runs.Select(run => new[]
        {
            Plain(run.Run), Plain(run.Method), Word(run.Status), Rounds(run), run.HasAccuracy ? Quantity.Percent(run.Accuracy) : "-",
            Quantity.Bytes((long)run.BytesUp), Quantity.Bytes((long)run.BytesDown), Plain(run.Submitted),
        }),
    ];

    /// <summary>The rows of the table of nodes, with a heading.</summary>
    public static List<string[]> Table(IEnumerable<NodeInfo> nodes) =>
    [
        ["node", "slots", "state", "clients done", "refused", "release"],
        .. nodes.Select(node => new[]
        {
            Plain(node.Node), node.Slots.ToString(), node.Connected ? "connected" : "away", node.ClientsDone.ToString(), node.AnswersRefused.ToString(), Plain(node.Release),
        }),
    ];

    private static string Rounds(RunInfo run) => $"{run.RoundsCompleted}/{run.Rounds}";

    private static string Accuracy(RunInfo run) => run.HasAccuracy ? $", accuracy {Quantity.Percent(run.Accuracy)}" : "";

    // Names come from another machine: none may steer a terminal.
    private static string Plain(string text) => Progress.ProgressView.WithoutControls(text);
}
