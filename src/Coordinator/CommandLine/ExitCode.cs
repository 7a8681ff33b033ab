namespace Federated.Coordinator.CommandLine;

/// <summary>What the program's exit code means; scripts rely on it. <c>docs/exit-codes.md</c> says the same at length.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>The program failed: the storage, a client, or a mistake of its own.</summary>
    public const int Failure = 1;

    /// <summary>What the user gave is wrong: the command line, an experiment file, a folder that is no run.</summary>
    public const int BadInput = 2;

    /// <summary>A data set or a file is not there.</summary>
    public const int NotAvailable = 3;

    /// <summary>Interrupted; what was complete is saved. 128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;
}
