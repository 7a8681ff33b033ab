namespace Federated.Coordinator.Grains;

/// <summary>Keeps the state of grains: bytes with a version, by kind and key.</summary>
internal interface IGrainStorage
{
    /// <summary>Where the state of a grain is, for messages to people.</summary>
    string Describe(GrainId grain);

    /// <summary>The state, or null when nothing was ever written.</summary>
    /// <exception cref="GrainStateCorruptException">What is there is not what was written.</exception>
    /// <exception cref="GrainStorageException">It could not be read.</exception>
    ValueTask<StoredState?> ReadAsync(GrainId grain, CancellationToken cancel);

    /// <summary>Replaces the state as a whole, if it still has the version that the writer read; after a crash there is the old state or the new.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="content">The new state.</param>
    /// <param name="expected">The version that is there now as the writer knows it; 0 for none.</param>
    /// <param name="cancel">Ends the attempt; the old state may then be there or the new.</param>
    /// <returns>The new version.</returns>
    /// <exception cref="GrainStateConflictException">Another version is there.</exception>
    /// <exception cref="GrainStorageException">It could not be written.</exception>
    ValueTask<long> WriteAsync(GrainId grain, ReadOnlyMemory<byte> content, long expected, CancellationToken cancel);
}
