namespace Federated.Coordinator.Grains;

/// <summary>State that a grain keeps: a record, replaced as a whole.</summary>
internal abstract record GrainState
{
    /// <summary>Number of the form that this release writes; a later release that needs another one reads both.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Number of the form that the state was written in.</summary>
    public int Format { get; init; } = CurrentFormat;
}
