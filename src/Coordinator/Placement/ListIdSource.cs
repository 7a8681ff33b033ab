namespace Federated.Coordinator.Placement;

/// <summary>Gives lists their numbers: the epoch, which no other start of a run has, in the upper half, a counter in the lower.</summary>
/// <param name="epoch">From durable state; greater at every start of any run.</param>
internal sealed class ListIdSource(uint epoch)
{
    private uint last;

    /// <summary>A number that no list had before.</summary>
    public ulong Next() => ((ulong)epoch << 32) | checked(++last);
}
