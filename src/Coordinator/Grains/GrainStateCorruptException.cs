namespace Federated.Coordinator.Grains;

/// <summary>The stored state of a grain is not what was written, or is of a later release.</summary>
internal sealed class GrainStateCorruptException(string file, string cause, Exception? inner = null) : GrainException($"{file}: {cause}", inner)
{
    /// <summary>The file at fault.</summary>
    public string File { get; } = file;
}
