namespace Federated.ClientNode.Remote;

/// <summary>Whether the coordinator is there. What crosses beside the stream waits for it instead of knocking at a closed door. Safe for several threads.</summary>
internal sealed class Link
{
    private readonly Lock gate = new();
    private TaskCompletionSource up = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The coordinator has welcomed the node.</summary>
    public void Up()
    {
        lock (gate)
            up.TrySetResult();
    }

    /// <summary>The stream is lost.</summary>
    public void Down()
    {
        lock (gate)
        {
            if (up.Task.IsCompleted)
                up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Completes when the coordinator is there.</summary>
    public Task WhenUpAsync(CancellationToken cancel)
    {
        lock (gate)
            return up.Task.WaitAsync(cancel);
    }
}
