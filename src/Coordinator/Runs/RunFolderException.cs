namespace Federated.Coordinator.Runs;

/// <summary>A run folder cannot be used. The message names the file, the cause and the way out.</summary>
public sealed class RunFolderException : Exception
{
    /// <summary>A failure of <paramref name="file"/> for <paramref name="cause"/>.</summary>
    public RunFolderException(string file, string cause, Exception? inner = null)
        : base($"{file}: {cause}", inner) => File = file;

    /// <summary>The file or folder at fault.</summary>
    public string File { get; }
}
