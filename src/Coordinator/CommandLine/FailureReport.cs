using Federated.ClientNode.Remote;
using Federated.Coordinator.Progress;
using Federated.Coordinator.Runs;
using Federated.Coordinator.Security;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Storage;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.Pretraining;
using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;
using Federated.Pruning;

namespace Federated.Coordinator.CommandLine;

/// <summary>The one place where exceptions become an exit code and a message for people.</summary>
internal static class FailureReport
{
    /// <summary>Set to <c>1</c>, this environment variable adds the stack trace to the message.</summary>
    public const string DebugVariable = "FEDERATED_DEBUG";

    /// <summary>The exit code and the message of an exception that ended a command.</summary>
    public static (int ExitCode, string Message) Of(Exception failure) => failure switch
    {
        AggregateException { InnerExceptions: [Exception only] } => Of(only),
        OperationCanceledException => (ExitCode.Interrupted, "interrupted"),
        ExperimentFileException or ExperimentException or PartitionException or PruningBudgetException or UnknownModelException or InvalidModelException =>
            (ExitCode.BadInput, failure.Message),
        // Files and folders are the user's to give: missing, corrupt, not writable or full, the way out is another one.
        AccessException or DataException or RunFolderException or SafeTensorsException or PretrainedValuesException or LedgerException or IOException or UnauthorizedAccessException => (ExitCode.BadInput, failure.Message),
        CoordinatorException refused => (refused.ExitCode, failure.Message),
        NodeRefusedException => (ExitCode.Refused, failure.Message),
        CoordinatorLostException => (ExitCode.Unreachable, failure.Message),
        RunEventException => (ExitCode.Failure, failure.Message),
        ClientAnswerException or PayloadException or TrainingDivergedException => (ExitCode.Failure, failure.Message),
        OutOfMemoryException => (ExitCode.Failure, "this machine has not enough memory for the experiment; use fewer workers, a smaller batch or a smaller model"),
        _ => (ExitCode.Failure, $"internal error ({failure.GetType().Name}): {failure.Message}; {DebugVariable}=1 shows where"),
    };

    /// <summary>Writes the message, and the stack trace when asked to.</summary>
    /// <returns>The exit code.</returns>
    public static int Write(Exception failure, TextWriter error, bool debug)
    {
        (int exitCode, string message) = Of(failure);
        error.WriteLine($"federated: {message}");
        if (debug)
            error.WriteLine(failure);
        return exitCode;
    }
}
