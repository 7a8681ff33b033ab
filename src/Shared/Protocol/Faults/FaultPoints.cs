using System.Collections.Immutable;
using System.Reflection;

namespace Federated.Protocol.Faults;

/// <summary>The places at which a test can kill a process, in the order of a run: <c>process.what-has-just-happened</c>.</summary>
public static class FaultPoints
{
    /// <summary>The node's registration has been sent.</summary>
    public const string NodeRegistered = "node.registered";

    /// <summary>The coordinator has welcomed the node.</summary>
    public const string NodeWelcomed = "node.welcomed";

    /// <summary>An experiment has arrived; nothing of it is built.</summary>
    public const string NodeExperimentReceived = "node.experiment-received";

    /// <summary>The experiment is built; the coordinator does not know.</summary>
    public const string NodeExperimentPrepared = "node.experiment-prepared";

    /// <summary>A list has arrived; nothing of it is fetched.</summary>
    public const string NodeListReceived = "node.list-received";

    /// <summary>A payload has been fetched.</summary>
    public const string NodePayloadFetched = "node.payload-fetched";

    /// <summary>A part that clients keep has been fetched.</summary>
    public const string NodeKeptFetched = "node.kept-fetched";

    /// <summary>The first clients of a list are about to train; the coordinator knows.</summary>
    public const string NodeListStarted = "node.list-started";

    /// <summary>A client has answered and its answer is folded.</summary>
    public const string NodeClientDone = "node.client-done";

    /// <summary>A client's activations have been sent to where its body runs; the reply has not come.</summary>
    public const string NodeForwardSent = "node.forward-sent";

    /// <summary>All clients of a list have answered; their combined answer is encoded and nothing of it uploaded.</summary>
    public const string NodeListFolded = "node.list-folded";

    /// <summary>About half of a combined answer is uploaded.</summary>
    public const string NodeUploadHalf = "node.upload-half";

    /// <summary>A combined answer is uploaded; the coordinator has not been told.</summary>
    public const string NodeUploadDone = "node.upload-done";

    /// <summary>The coordinator has been told of an answer.</summary>
    public const string NodeAnswerAnnounced = "node.answer-announced";

    /// <summary>The coordinator has said that an answer counts.</summary>
    public const string NodeAnswerAccepted = "node.answer-accepted";

    /// <summary>The coordinator has said that an answer does not count.</summary>
    public const string NodeAnswerRefused = "node.answer-refused";

    /// <summary>A list has failed on the node; the coordinator does not know.</summary>
    public const string NodeListFailed = "node.list-failed";

    /// <summary>A list has been given up; the coordinator does not know.</summary>
    public const string NodeListReturned = "node.list-returned";

    /// <summary>An experiment has been forgotten.</summary>
    public const string NodeExperimentReleased = "node.experiment-released";

    /// <summary>The stream to the coordinator is lost; the node is about to wait and to open it anew.</summary>
    public const string NodeDisconnected = "node.disconnected";

    /// <summary>A body host has computed a message; nothing of the reply is sent.</summary>
    public const string BodyMessageComputed = "body.message-computed";

    /// <summary>A body host has sent a reply.</summary>
    public const string BodyReplySent = "body.reply-sent";

    /// <summary>A node has joined; nothing is known of it but its registration.</summary>
    public const string CoordinatorNodeJoined = "coordinator.node-joined";

    /// <summary>A run is taken and queued; who submitted it does not know.</summary>
    public const string CoordinatorRunSubmitted = "coordinator.run-submitted";

    /// <summary>A run is taken from the queue.</summary>
    public const string CoordinatorRunStarted = "coordinator.run-started";

    /// <summary>A phase begins; no list is handed out.</summary>
    public const string CoordinatorPhaseBegun = "coordinator.phase-begun";

    /// <summary>A list has been sent to a node.</summary>
    public const string CoordinatorListSent = "coordinator.list-sent";

    /// <summary>A node has begun a list.</summary>
    public const string CoordinatorListStarted = "coordinator.list-started";

    /// <summary>A node is about to upload a combined answer.</summary>
    public const string CoordinatorUploadOpened = "coordinator.upload-opened";

    /// <summary>A combined answer is here; its node does not know.</summary>
    public const string CoordinatorUploadTaken = "coordinator.upload-taken";

    /// <summary>A node has announced an answer.</summary>
    public const string CoordinatorAnswerAnnounced = "coordinator.answer-announced";

    /// <summary>An answer is added to the sums; placement does not know.</summary>
    public const string CoordinatorAnswerMerged = "coordinator.answer-merged";

    /// <summary>An answer is counted.</summary>
    public const string CoordinatorAnswerCounted = "coordinator.answer-counted";

    /// <summary>All clients of a phase are counted.</summary>
    public const string CoordinatorPhaseDone = "coordinator.phase-done";

    /// <summary>A round's lines are in the ledger's file; its record is not written.</summary>
    public const string CoordinatorLedgerWritten = "coordinator.ledger-written";

    /// <summary>A round's record is written; its checkpoint is not.</summary>
    public const string CoordinatorRecordWritten = "coordinator.record-written";

    /// <summary>A round's checkpoint is on the disk.</summary>
    public const string CoordinatorCheckpointWritten = "coordinator.checkpoint-written";

    /// <summary>All rounds are complete; the model and the summary are not written.</summary>
    public const string CoordinatorRoundsDone = "coordinator.rounds-done";

    /// <summary>A run is over, and its state is saved; it is still in the queue.</summary>
    public const string CoordinatorRunEnded = "coordinator.run-ended";

    /// <summary>The new state of a grain is written beside the old one and not yet in its place.</summary>
    public const string CoordinatorGrainStateWritten = "coordinator.grain-state-written";

    /// <summary>All places, in the order of this file.</summary>
    public static ImmutableArray<string> All { get; } =
        [.. typeof(FaultPoints).GetFields(BindingFlags.Public | BindingFlags.Static).Where(static field => field.IsLiteral).Select(static field => (string)field.GetRawConstantValue()!)];
}
