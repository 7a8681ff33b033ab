namespace Federated.Coordinator.Placement;

/// <summary>What placement goes by. None of it touches a result: only when and where clients are trained.</summary>
internal sealed record PlacementOptions
{
    /// <summary>The usual ones.</summary>
    public static PlacementOptions Default { get; } = new();

    /// <summary>Lists that a node gets in a phase when nothing goes wrong: 1/2, 1/4, 1/8 and 1/8 of its share. Each brings one combined answer, so that bytes grow with nodes and not with clients.</summary>
    public int ListsPerNode { get; init; } = 4;

    /// <summary>A list that takes less is not worth its messages: a share is not divided below this.</summary>
    public double SmallestListSeconds { get; init; } = 0.02;

    /// <summary>What it takes to move a list from one node to another: a message there and back, and the payload.</summary>
    public double HandoverSeconds { get; init; } = 0.005;

    /// <summary>A list is moved only for a gain of at least this share of the time that is left, so that the noise of the estimates does not move lists to and fro.</summary>
    public double WorthwhileGain { get; init; } = 0.03;

    /// <summary>A lease is this many times the time that the list should take…</summary>
    public double LeaseFactor { get; init; } = 4;

    /// <summary>…and this much more.</summary>
    public TimeSpan LeaseConstant { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>However long a list should take: so long without any progress is too long.</summary>
    public TimeSpan LongestLease { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A list that has taken this many times the time that it should is far behind…</summary>
    public double BehindFactor { get; init; } = 2;

    /// <summary>…when it is at least this much later than expected.</summary>
    public TimeSpan BehindConstant { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A node that gives a list back unasked is given nothing for so long, or until one of its answers is counted.</summary>
    public TimeSpan DeclinePause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An answer that is announced and not there may be sent again so often before it counts as refused: a broken connection or a lost spool is no rubbish.</summary>
    public int LostUploadsTolerated { get; init; } = 2;

    /// <summary>A node with more refused answers than this in a run is excluded from the run.</summary>
    public int RefusalsTolerated { get; init; } = 3;

    /// <summary>A node with more lists that it could not do than this in a run, less one for each answer that was counted since, is excluded from the run.</summary>
    public int FailuresTolerated { get; init; } = 8;

    /// <summary>A phase fails when a client could not be done so often, on every node that is there.</summary>
    public int AttemptsPerClient { get; init; } = 3;
}
