namespace Federated.Coordinator.Grains;

/// <summary>Names a grain.</summary>
/// <param name="Kind">What it is: a short name in lower case, part of the stored state's name.</param>
/// <param name="Key">Which one.</param>
internal readonly record struct GrainId(string Kind, string Key)
{
    /// <summary>Kind and key, for messages to people.</summary>
    public override string ToString() => $"{Kind} '{Key}'";
}
