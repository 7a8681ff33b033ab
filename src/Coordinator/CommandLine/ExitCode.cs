namespace Federated.Coordinator.CommandLine;

/// <summary>What the program's exit code means; scripts rely on it. <c>docs/exit-codes.md</c> says the same at length.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>The program failed: the training diverged, or a mistake of its own.</summary>
    public const int Failure = 1;

    /// <summary>What the user gave cannot be used: the command line, an experiment file, a data set that is missing or corrupt, a folder that cannot be written.</summary>
    public const int BadInput = 2;

    /// <summary>No coordinator answers: another attempt may do.</summary>
    public const int Unreachable = 3;

    /// <summary>The coordinator refuses who asks: a certificate or token is missing, unknown or may not do this.</summary>
    public const int Refused = 4;

    /// <summary>Interrupted; what was complete is saved. 128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;
}
