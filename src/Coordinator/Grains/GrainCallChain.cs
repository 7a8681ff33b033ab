namespace Federated.Coordinator.Grains;

/// <summary>The grains whose messages led to the code that runs now, the innermost first. It flows with the code and crosses with messages.</summary>
/// <param name="grain">The grain that handles a message.</param>
/// <param name="caller">What that message came from, or null when no grain sent it.</param>
internal sealed class GrainCallChain(GrainId grain, GrainCallChain? caller)
{
    private static readonly AsyncLocal<GrainCallChain?> Running = new();

    private volatile bool ended;

    /// <summary>That of the code that runs now; null outside of grains.</summary>
    public static GrainCallChain? Current
    {
        get => Running.Value;
        set => Running.Value = value;
    }

    /// <summary>Whether that grain is waiting somewhere in the chain. Code that a message left running after its end does not count: nobody waits for it.</summary>
    public bool Holds(GrainId other)
    {
        for (GrainCallChain? link = this; link is not null; link = link.Caller)
        {
            if (!link.ended && link.Grain == other)
                return true;
        }

        return false;
    }

    /// <summary>The message is handled.</summary>
    public void End() => ended = true;

    private GrainId Grain => grain;

    private GrainCallChain? Caller => caller;
}
