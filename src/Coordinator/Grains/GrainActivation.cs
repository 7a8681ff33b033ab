using System.Threading.Channels;

namespace Federated.Coordinator.Grains;

/// <summary>
/// A grain in memory with its mailbox. One loop takes message after message and handles each to its end; it is code of the thread pool that waits, not a thread. A message that fails leaves
/// the grain as usable as it was.
/// </summary>
internal sealed class GrainActivation : IGrainMailbox
{
    private readonly GrainId id;
    private readonly Func<Grain> create;
    private readonly TimeProvider time;
    private readonly Channel<GrainMessage> mailbox;
    private long lastUse;
    private bool closed;

    /// <summary>An activation that has not loaded anything yet.</summary>
    /// <param name="id">Which grain.</param>
    /// <param name="create">Makes the object.</param>
    /// <param name="capacity">Messages that wait at most; a caller beyond waits to put its own in.</param>
    /// <param name="time">The clock.</param>
    public GrainActivation(GrainId id, Func<Grain> create, int capacity, TimeProvider time)
    {
        this.id = id;
        this.create = create;
        this.time = time;
        lastUse = time.GetTimestamp();
        mailbox = Channel.CreateBounded<GrainMessage>(new BoundedChannelOptions(capacity) { SingleReader = true });
        // Nothing of the context of whoever happens to call first may stay with the grain.
        using (ExecutionContext.SuppressFlow())
            Completion = Task.Run(HandleMessagesAsync);
    }

    /// <summary>Completes when the activation has ended and handles nothing more.</summary>
    public Task Completion { get; }

    /// <summary>Whether it takes no more messages.</summary>
    public bool IsClosed => Volatile.Read(ref closed);

    /// <summary>Since when nothing was asked of it.</summary>
    public TimeSpan IdleFor => time.GetElapsedTime(Volatile.Read(ref lastUse));

    /// <inheritdoc/>
    public async ValueTask PostAsync(GrainMessage message, CancellationToken cancel)
    {
        if (mailbox.Writer.TryWrite(message))
            return;
        try
        {
            await mailbox.Writer.WriteAsync(message, cancel);
        }
        catch (ChannelClosedException)
        {
            throw new GrainDeactivatedException(id);
        }
    }

    /// <summary>Takes no more messages; those that are there are handled.</summary>
    public void Close()
    {
        Volatile.Write(ref closed, true);
        mailbox.Writer.TryComplete();
    }

    private async Task HandleMessagesAsync()
    {
        Grain grain = create();
        await foreach (GrainMessage message in mailbox.Reader.ReadAllAsync())
        {
            if (grain.IsSuperseded)
                message.Fail(new GrainDeactivatedException(id)); // it was not begun: its reference sends it to the next activation
            else if (message is GrainDeactivation deactivation)
                Deactivate(grain, deactivation);
            else
                await HandleAsync(grain, message);
            if (grain.IsSuperseded)
                Close();
        }
    }

    private async Task HandleAsync(Grain grain, GrainMessage message)
    {
        if (message.IsCancelled)
        {
            message.Fail(new OperationCanceledException());
            return;
        }

        var chain = new GrainCallChain(id, message.Chain);
        GrainCallChain.Current = chain; // of this method and what it calls only
        try
        {
            await grain.EnsureLoadedAsync();
            await message.HandleAsync(grain);
        }
        catch (Exception failure)
        {
            message.Fail(failure);
        }
        finally
        {
            chain.End();
            Volatile.Write(ref lastUse, time.GetTimestamp());
        }
    }

    private void Deactivate(Grain grain, GrainDeactivation deactivation)
    {
        bool ends = grain.MayBeDeactivated && mailbox.Reader.Count == 0;
        if (ends)
            Close();
        deactivation.Decide(ends);
    }
}
