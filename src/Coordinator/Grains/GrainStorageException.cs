namespace Federated.Coordinator.Grains;

/// <summary>The storage of grains failed: a disk that is full, a folder that may not be written.</summary>
internal sealed class GrainStorageException(string file, string cause, Exception? inner = null) : GrainException($"{file}: {cause}", inner)
{
    /// <summary>The file at fault.</summary>
    public string File { get; } = file;
}
