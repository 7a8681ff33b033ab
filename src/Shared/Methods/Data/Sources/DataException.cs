namespace Federated.Methods.Data;

/// <summary>A data set cannot be found, fetched or read. The message names the file or place, what is wrong with it, and the way out.</summary>
public sealed class DataException : Exception
{
    /// <summary>A failure with its message.</summary>
    public DataException(string message)
        : base(message)
    {
    }

    /// <summary>A failure with its message and its cause.</summary>
    public DataException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>What is wrong with one file: <c>path: what; way out</c>.</summary>
    internal static DataException InFile(string path, string what, string wayOut = "replace the file by a complete copy") =>
        new($"{path}: {what}; {wayOut}");
}
