namespace Federated.Coordinator.Grains;

/// <summary>Knows where the activation of a key is. In one process it is here; in a cluster it is with whoever holds the key's lease.</summary>
internal interface IGrainDirectory
{
    /// <summary>Where messages to a grain go now. After a <see cref="GrainDeactivatedException"/> the caller asks again.</summary>
    ValueTask<IGrainMailbox> LocateAsync(GrainId grain, CancellationToken cancel);
}
