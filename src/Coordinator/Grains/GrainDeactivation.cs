namespace Federated.Coordinator.Grains;

/// <summary>A message that asks an activation to end if it can. It is the last one that the activation handles then.</summary>
internal sealed class GrainDeactivation : GrainMessage
{
    private readonly TaskCompletionSource<bool> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A message that has not been sent.</summary>
    public GrainDeactivation()
        : base("deactivate", CancellationToken.None) => Completion = completion.Task;

    /// <summary>Whether the activation ends.</summary>
    public Task<bool> Completion { get; }

    /// <summary>The answer.</summary>
    public void Decide(bool ends) => completion.TrySetResult(ends);

    /// <inheritdoc/>
    public override Task HandleAsync(object grain) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Fail(Exception failure) => completion.TrySetResult(false);
}
