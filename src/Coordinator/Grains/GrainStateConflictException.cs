namespace Federated.Coordinator.Grains;

/// <summary>Someone else wrote the state of a grain since it was read: two processes believe that they host it.</summary>
internal sealed class GrainStateConflictException(GrainId grain, long expected, long found, string where)
    : GrainException($"the state of {grain} in {where} has version {found} where {expected} was expected: another process writes it. Let only one coordinator use the folder")
{
    /// <summary>The version that the writer had read.</summary>
    public long Expected { get; } = expected;

    /// <summary>The version that is there.</summary>
    public long Found { get; } = found;
}
