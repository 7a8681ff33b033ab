using System.Threading.Channels;

namespace Federated.ClientNode.Remote;

/// <summary>
/// Runs actions one after the other: what they touch needs no lock. Unbounded, because only the node itself posts: a few actions for each of a bounded number of lists, and one
/// message of the coordinator's at a time.
/// </summary>
internal sealed class Mailbox
{
    private readonly Channel<Action> actions = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>A mailbox that runs what is posted until it is closed.</summary>
    public Mailbox() => Running = Task.Run(RunAsync);

    /// <summary>Completes when the mailbox is closed and empty, or with the exception of an action: that is an error of the program.</summary>
    public Task Running { get; }

    /// <summary>Puts an action behind those that are there; does nothing when the mailbox is closed.</summary>
    public void Post(Action action) => actions.Writer.TryWrite(action);

    /// <summary>Puts an action behind those that are there, and waits until it has run.</summary>
    public async Task SendAsync(Action action, CancellationToken cancel)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            action();
            done.SetResult();
        });
        Task first = await Task.WhenAny(done.Task, Running).WaitAsync(cancel);
        await first;
    }

    /// <summary>Takes no more actions.</summary>
    public void Close() => actions.Writer.TryComplete();

    private async Task RunAsync()
    {
        await foreach (Action action in actions.Reader.ReadAllAsync())
            action();
    }
}
