using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Progress;

/// <summary>Shows a run to whoever watches it. Disposing ends the display and leaves the terminal as it was.</summary>
public interface IRunProgress : IRunObserver, IAsyncDisposable;
