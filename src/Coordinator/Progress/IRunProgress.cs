using System.Collections.Immutable;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Progress;

/// <summary>Shows a run to whoever watches it. Disposing ends the display and leaves the terminal as it was.</summary>
public interface IRunProgress : IRunObserver, IAsyncDisposable
{
    /// <summary>The rounds before the start that is told next, for a display that need not look into the run folder: it may be on another machine.</summary>
    void EarlierRounds(ImmutableArray<RoundRecord> rounds);

    /// <summary>Something that a person should know, such as a node that left.</summary>
    void Notice(string text);
}
