namespace Federated.Coordinator.Grains;

/// <summary>
/// An object with a key that handles one message at a time, so that its fields need no locks. It may await, and no other message begins meanwhile. It does not compute for long: work goes to
/// nodes, and payloads never pass through it.
/// </summary>
internal abstract class Grain
{
    /// <summary>Whether nothing is lost when the activation ends: what is not stored can be made again from what is.</summary>
    public virtual bool MayBeDeactivated => true;

    /// <summary>Whether someone else writes the state: the activation must end.</summary>
    public bool IsSuperseded { get; protected set; }

    /// <summary>Called before each message: loads the state if it is not there.</summary>
    public abstract ValueTask EnsureLoadedAsync();
}
