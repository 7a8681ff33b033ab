namespace Federated.Engine.Storage;

/// <summary>A file is not a valid safetensors file, or could not be read; the message names the file and the cause.</summary>
public sealed class SafeTensorsException : Exception
{
    /// <summary>An error about the file called <paramref name="file"/>.</summary>
    public SafeTensorsException(string file, string cause, Exception? inner = null)
        : base($"{file} is not a usable safetensors file: {cause}.", inner)
    {
        File = file;
        Cause = cause;
    }

    /// <summary>Path of the file, or the name that the reader of a stream gave it.</summary>
    public string File { get; }

    /// <summary>What is wrong with it.</summary>
    public string Cause { get; }
}
