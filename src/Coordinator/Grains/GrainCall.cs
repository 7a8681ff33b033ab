namespace Federated.Coordinator.Grains;

/// <summary>A message that calls a method with a result of a type; a method without one has a result that nobody reads.</summary>
/// <typeparam name="T">Type of the result.</typeparam>
internal sealed class GrainCall<T> : GrainMessage
{
    // The caller's code must not run on the grain's turn.
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<object, Task<T>> call;

    /// <summary>A message that has not been sent.</summary>
    /// <param name="method">Name of the method, for messages to people.</param>
    /// <param name="call">Calls the method of a grain.</param>
    /// <param name="cancel">Takes the message back while it waits.</param>
    public GrainCall(string method, Func<object, Task<T>> call, CancellationToken cancel)
        : base(method, cancel)
    {
        this.call = call;
        Completion = completion.Task;
    }

    /// <summary>Completes when the message is handled.</summary>
    public Task<T> Completion { get; }

    /// <inheritdoc/>
    public override async Task HandleAsync(object grain)
    {
        try
        {
            completion.TrySetResult(await call(grain));
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    /// <inheritdoc/>
    public override void Fail(Exception failure)
    {
        if (failure is OperationCanceledException && IsCancelled)
            completion.TrySetCanceled(Cancel);
        else
            completion.TrySetException(failure);
    }
}
