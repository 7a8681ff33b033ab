namespace Federated.ClientNode.Splitting;

/// <summary>A session's place among the workspaces: what is computed for it, and where it was last.</summary>
/// <param name="body">The server's part of the task.</param>
/// <param name="session">The client's.</param>
internal sealed class BodySeat(ISplitBody body, ISplitBodySession session)
{
    private readonly CancellationTokenSource over = new();

    /// <summary>The server's part of the task.</summary>
    public ISplitBody Body => body;

    /// <summary>The client's.</summary>
    public ISplitBodySession Session => session;

    /// <summary>Set when no message comes any more.</summary>
    public CancellationToken Over => over.Token;

    /// <summary>The workspace that it was in last. Changed under the pool's lock.</summary>
    public BodyWorkspace? Home { get; set; }

    /// <summary>No message comes any more; what is under way stops.</summary>
    public void End() => over.Cancel();
}
