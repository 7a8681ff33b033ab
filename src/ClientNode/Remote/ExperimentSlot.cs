using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>An experiment on this node, from its message to its release. Changed only by the actions of the node's mailbox.</summary>
internal sealed class ExperimentSlot
{
    private readonly CancellationTokenSource cancellation = new();
    private readonly HashSet<Task> tasks = [];

    /// <summary>An experiment that has just arrived.</summary>
    public ExperimentSlot(PrepareExperiment message)
    {
        Message = message;
        Cancel = cancellation.Token;
    }

    /// <summary>What came.</summary>
    public PrepareExperiment Message { get; }

    /// <summary>Set when it is not wanted any more. Stays valid when it has ended.</summary>
    public CancellationToken Cancel { get; }

    /// <summary>The experiment, when it is built.</summary>
    public HostedExperiment? Hosted { get; set; }

    /// <summary>A list of the phase for which the experiment was last told what clients keep.</summary>
    public WorkList? Phase { get; set; }

    /// <summary>Notes something that is done for it outside the mailbox, and that does not fail.</summary>
    public void Begin(Task task)
    {
        tasks.RemoveWhere(static other => other.IsCompleted);
        tasks.Add(task);
    }

    /// <summary>Stops what is done for it, and completes when its workers have ended.</summary>
    public async Task EndAsync()
    {
        await cancellation.CancelAsync();
        await Task.WhenAll(tasks.ToArray());
        Hosted?.Dispose();
        cancellation.Dispose();
    }
}
