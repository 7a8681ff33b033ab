namespace Federated.Coordinator.Grains;

/// <summary>Where messages to one grain go.</summary>
internal interface IGrainMailbox
{
    /// <summary>Puts a message behind those that are there. Waits while the mailbox is full. The message completes later.</summary>
    /// <exception cref="GrainDeactivatedException">The grain is no longer here.</exception>
    ValueTask PostAsync(GrainMessage message, CancellationToken cancel);
}
