namespace Federated.Coordinator.CommandLine;

/// <summary>Run folders named on the command line.</summary>
internal static class RunArguments
{
    /// <summary>The folder, if it exists.</summary>
    /// <exception cref="DirectoryNotFoundException">It does not.</exception>
    public static string Existing(string folder) =>
        Directory.Exists(folder) ? folder : throw new DirectoryNotFoundException($"{folder}: there is no such folder; name the folder that `federated run` wrote to");
}
