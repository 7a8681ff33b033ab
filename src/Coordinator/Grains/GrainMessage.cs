namespace Federated.Coordinator.Grains;

/// <summary>A call that waits for its turn in a grain's mailbox.</summary>
/// <param name="method">Name of the method, for messages to people.</param>
/// <param name="cancel">Takes the message back while it waits.</param>
internal abstract class GrainMessage(string method, CancellationToken cancel)
{
    /// <summary>Name of the method.</summary>
    public string Method => method;

    /// <summary>Whether the caller has given up.</summary>
    public bool IsCancelled => cancel.IsCancellationRequested;

    /// <summary>The grains that wait for this message.</summary>
    public GrainCallChain? Chain { get; } = GrainCallChain.Current;

    /// <summary>The caller's token.</summary>
    protected CancellationToken Cancel => cancel;

    /// <summary>Calls the method and completes the message, whatever comes of it. Throws nothing.</summary>
    public abstract Task HandleAsync(object grain);

    /// <summary>The message cannot be handled.</summary>
    public abstract void Fail(Exception failure);
}
