using System.Collections.Immutable;
using Federated.Coordinator.Placement;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Grains;

/// <summary>
/// A run; the key is its name. It keeps the run's status and places the phase under way on nodes. The phase is not stored: a coordinator that was restarted repeats the round from the run
/// folder, and what nodes still have of the old one is stale. Payloads never pass here. Times are those of one clock that only goes forward.
/// </summary>
internal interface IExperimentGrain : IGrain
{
    /// <summary>The run is asked for. One that is over and was stopped or failed is queued again; submitting twice changes nothing.</summary>
    /// <exception cref="RunConflictException">There is a run of this name with another experiment.</exception>
    Task<SubmissionResult> SubmitAsync(RunSubmission submission);

    /// <summary>The run as it is now; its status is unspecified when there is none.</summary>
    Task<ExperimentState> DescribeAsync();

    /// <summary>The run begins, or goes on after a restart: takes a new epoch, so that no list of before is taken for one of now.</summary>
    /// <exception cref="RunConflictException">There is no such run, or it is over.</exception>
    Task<ExperimentState> StartAsync();

    /// <summary>A round is in the run folder.</summary>
    Task RoundCompletedAsync(RunProgressReport report);

    /// <summary>The run is over.</summary>
    /// <param name="status">Finished, stopped or failed.</param>
    /// <param name="error">Why it failed.</param>
    Task<ExperimentState> EndAsync(RunStatus status, string error);

    /// <summary>Begins a phase on the nodes that are ready. The one before is over.</summary>
    Task<PlacementStep> BeginPhaseAsync(PhaseOrder order, TimeSpan now);

    /// <summary>Gives the phase up: nodes are told to drop its lists.</summary>
    Task<PlacementStep> AbandonPhaseAsync(TimeSpan now);

    /// <summary>A node has prepared this run's experiment, or is back with it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="lists">The lists that it has or has answered, by its registration.</param>
    /// <param name="now">The time.</param>
    Task<PlacementStep> NodeJoinedAsync(PlacementNode node, ImmutableArray<ulong> lists, TimeSpan now);

    /// <summary>The node's stream is gone; it may come back. What it has stays handed out until its lease ends.</summary>
    Task<PlacementStep> NodeDisconnectedAsync(string node, TimeSpan now);

    /// <summary>The node is gone for good, or its process is another one: what it had is handed out again.</summary>
    Task<PlacementStep> NodeLostAsync(string node, TimeSpan now);

    /// <summary>The node has begun the list.</summary>
    Task<PlacementStep> ListStartedAsync(ulong list, string node, TimeSpan now);

    /// <summary>How far the node is: clients done and, as fractions, how far those at work are. To be said at each heartbeat, progress or not.</summary>
    Task<PlacementStep> ProgressAsync(ulong list, string node, double clientsDone, TimeSpan now);

    /// <summary>The node has uploaded its answer to the list.</summary>
    Task<AnswerStep> AnsweredAsync(ulong list, string node, double slotSeconds, TimeSpan now);

    /// <summary>The answer was checked and added.</summary>
    Task<CountedStep> CountedAsync(ulong list, string node, TimeSpan now);

    /// <summary>The answer was checked and not added.</summary>
    Task<PlacementStep> RefusedAsync(ulong list, string node, RefusalReason reason, string message, TimeSpan now);

    /// <summary>The node could not do the list.</summary>
    Task<PlacementStep> ListFailedAsync(ulong list, string node, FailureKind kind, int? client, string message, TimeSpan now);

    /// <summary>The node gives the list back.</summary>
    Task<PlacementStep> ListReturnedAsync(ulong list, string node, TimeSpan now);

    /// <summary>Nothing happened but time.</summary>
    Task<PlacementStep> TickAsync(TimeSpan now);
}
